"""What a web server's answer means: its status and headers as facts, and what went wrong in plain words."""

import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientPayloadError,
    ClientResponseError,
    ClientSSLError,
)

from bot.feeds.documents import Failure, Trouble, Validators

LONGEST_WAIT = timedelta(days=1)
#: A year; what servers write for "for ever" (RFC 2616, 14.21). More than that says nothing more.
LONGEST_MAX_AGE = timedelta(days=365)
#: In characters; real ones have up to about 100. They are kept for every feed.
LONGEST_VALIDATOR = 1000


class FetchError(Exception):
    """A fetch ended without a page. Stays between the modules of fetching; the caller gets the `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def validators_in(headers: Mapping[str, str]) -> Validators:
    """What the server wants to hear at the next fetch, as it wrote it; empty where it could not be sent back."""
    return Validators(etag=_printable(headers, "ETag"), last_modified=_printable(headers, "Last-Modified"))


def content_type_in(headers: Mapping[str, str]) -> str:
    """The Content-Type as the server says it, with its parameters; empty without."""
    return _printable(headers, "Content-Type")


def location_in(headers: Mapping[str, str]) -> str:
    """Where a redirect leads, absolute or not; empty without."""
    # Old sites write it in an alphabet of their own. Such bytes arrive as lone surrogates; in an address they are %FF.
    said = headers.get("Location", "").strip()
    return re.sub("[\udc80-\udcff]", lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", said)


def _printable(headers: Mapping[str, str], name: str) -> str:
    # Bytes that are not UTF-8 arrive as lone surrogates, which neither a header nor a database can hold.
    value = headers.get(name, "")
    return value if value.isprintable() and len(value) <= LONGEST_VALIDATOR else ""


def max_age_in(headers: Mapping[str, str]) -> timedelta | None:
    """How long the answer stays good (Cache-Control: max-age, RFC 9111, 5.2.2.1), at most a year."""
    said = headers.get("Cache-Control", "").lower()
    if re.search(r"\bno-(cache|store)\b", said):
        return None
    found = re.search(r'(?:^|[,;\s])max-age\s*=\s*"?([0-9]+)"?\s*(?:[,;]|$)', said)
    return _seconds(found.group(1), LONGEST_MAX_AGE) if found else None


def retry_after_in(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the server asks to be left alone (Retry-After, RFC 9110, 10.2.3), at most a day.

    A date is read against the server's own Date, for its clock may be wrong; without one, against `now`.
    """
    said = headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]+", said):
        return _seconds(said, LONGEST_WAIT)
    until = _date(said)
    if until is None:
        return None
    return min(max(until - (_date(headers.get("Date", "")) or now), timedelta()), LONGEST_WAIT)


def _seconds(digits: str, at_most: timedelta) -> timedelta:
    # Ten digits are three centuries; far longer ones are more than Python likes to count.
    return at_most if len(digits.lstrip("0")) > 10 else min(timedelta(seconds=int(digits)), at_most)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):  # The parser lets each of them out on some nonsense.
        return None


def failure_of(status: int, headers: Mapping[str, str], now: datetime) -> Failure | None:
    """Why a page with this status cannot be read, or None where it can."""
    match status:
        case _ if 200 <= status < 300:
            return None
        case 404:
            return Failure(Trouble.NOT_FOUND, "There is no page at this address (any more).")
        case 410:
            return Failure(Trouble.GONE, "The blog's server says that this feed is gone for good.")
        case 429 | 503:
            wait = retry_after_in(headers, now)
            return Failure(Trouble.BUSY, "The blog's server is busy and asks for some time.", wait)
        case _ if 400 <= status < 500:
            return Failure(Trouble.REFUSED, f"The blog's server does not let me read this page (it says {status}).")
        case _ if status >= 500:
            return Failure(Trouble.SERVER_ERROR, f"The blog's server has a problem of its own (it says {status}).")
        case _:
            return Failure(Trouble.UNREADABLE, f"The blog's server gave an answer that I do not know ({status}).")


def empty() -> Failure:
    """The failure for an answer with nothing in it."""
    return Failure(Trouble.EMPTY, "The blog's server answered with an empty page.")


def failure_from(error: Exception) -> Failure:
    """What an error of the network means for the host: nothing of the error's own text, which may hold addresses."""
    match error:
        case ClientConnectorCertificateError():
            return _insecure(error.certificate_error)
        case ClientSSLError():
            return Failure(Trouble.INSECURE, "No secure connection to the blog's server could be made.")
        case ClientConnectorDNSError():
            return Failure(Trouble.UNREACHABLE, "The name of the blog's site could not be found.")
        case ClientConnectorError():
            return Failure(Trouble.UNREACHABLE, "The blog's server does not take connections just now.")
        case ClientPayloadError():
            return Failure(Trouble.UNREACHABLE, "The connection broke off before the whole page had arrived.")
        case ClientResponseError() | ValueError():
            return Failure(Trouble.UNREADABLE, "The blog's server answered in a way that I cannot read.")
        case _:
            return Failure(Trouble.UNREACHABLE, "The blog's server hung up before it answered.")


#: What OpenSSL says of a certificate (openssl-verification-options(1), X509_V_ERR_*), in plain words.
_CERTIFICATE_TROUBLES = {
    9: "is not valid yet",
    10: "has run out",
    18: "was signed by itself and by nobody else",
    19: "was signed by somebody whom nobody knows",
    20: "was signed by somebody whom nobody knows, or the server leaves out a part of it",
    62: "belongs to another site",
    64: "belongs to another site",
}


def _insecure(error: Exception) -> Failure:
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else 0
    said = _CERTIFICATE_TROUBLES.get(code, "could not be verified")
    return Failure(Trouble.INSECURE, f"The security certificate of the blog's site {said}.")
