"""A feed's words and addresses made plain: one line without markup, and absolute web addresses."""

import re
from html import unescape
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

LONGEST_TITLE = 250
LONGEST_AUTHOR = 100
#: What one field of a feed is read of, at most: a title of 5 MB has no more to say than its beginning.
MOST_READ = 4_000
#: Discord takes addresses of up to 2,048 characters.
LONGEST_URL = 2_000

#: Characters that show nothing, turn the direction of writing, or are no characters: controls, soft hyphen, fillers,
#: zero-width and bidirectional ones, half surrogates, private use, tags. U+200C and U+200D come after this one.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ue000-\uf8ff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
#: Joiners belong to emoji, Persian and the scripts of India. Between plain letters they only hide a word from a reader.
_STRAY_JOINER = re.compile("(?<![\u0100-\U0010ffff])[\u200c\u200d]+|[\u200c\u200d]+(?![\u0100-\U0010ffff])")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_PAIR = re.compile(r"(?is)<(a|b|i|u|em|strong|span|code|sub|sup|small|mark|q|p|font)\b[^<>]*>(.*?)</\1\s*>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]\w{1,31});")


def cleaned(text: str) -> str:
    """The text without characters that cannot be seen."""
    return _STRAY_JOINER.sub("", _UNSEEN.sub("", text))


def one_line(text: str, longest: int = LONGEST_TITLE) -> str:
    """Plain text as one line of at most `longest` characters, cut at a word where there is one."""
    line = " ".join(cleaned(text[:MOST_READ]).split())
    if len(line) <= longest:
        return line
    words, _, rest = line[:longest].rpartition(" ")
    return (words if words and len(rest) < longest // 3 else line[: longest - 1]).rstrip(" ,;:-–—") + "…"


def heading(source: str, *, html: bool, longest: int = LONGEST_TITLE) -> str:
    """A title or a name as one line of plain text: markup taken off, entities resolved.

    Feeds escape titles once or twice, so that entities are resolved until none is left, at most twice; what then still
    looks like a pair of formatting tags was one. A lone `<T>` in text that is not HTML is what the author wrote.
    """
    text = source[:MOST_READ]
    if html:
        text = _TAG.sub("", text)
    for _ in range(2):
        text = unescape(text) if _ENTITY.search(text) else text
    for _ in range(3):
        text = _PAIR.sub(r"\2", text)
    return one_line(text, longest)


def absolute(url: str, base: str) -> str:
    """The absolute http(s) address that `url` means on `base`, escaped where it has to be; empty where there is none.

    An address with a name before an @ is refused: it reads as one host and leads to another.
    """
    try:
        parts = urlsplit(urljoin(base, cleaned(url.strip()[: LONGEST_URL + 1])))
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
        _ = parts.port  # raises where it is no number
    except ValueError:  # a UnicodeError is one as well
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[\w.-]+(:\d+)?|\[[\da-fA-F:.]+\](:\d+)?", host):
        return ""
    safe = "/%:=&?~#+!$,;'@()*[]"
    whole = urlunsplit((parts.scheme, host, *(quote(part, safe) for part in (parts.path, parts.query, parts.fragment))))
    return whole if len(whole) <= LONGEST_URL else ""
