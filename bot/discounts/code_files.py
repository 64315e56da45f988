"""Files with codes: what a host attaches, read line by line. A line is named by its number, never by what it says."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.discounts import title_rules as titled
from bot.discounts.errors import ImportLineError, UnreadableFileError
from bot.discounts.rules import LONGEST_CODE
from bot.discounts.tables import rows_of

#: The most codes in a file.
MOST_CODES = 50_000

#: A title of the host's own making: "Gutscheincodes", "Webinar-Coupons".
_LIKE_A_TITLE = re.compile(r"\D*(codes?|coupons?|vouchers?|gutscheine?|códigos?|cup(ón|ones))", re.IGNORECASE)
_E_MAIL = re.compile(r"[^@]+@[^@]+\.\w+")

#: A line with its number.
_Row = tuple[int, Sequence[str]]

_TWO_COLUMNS = "it has more than one column. Write `code` in the first line, above the column with the codes"
_NO_CODE = f"a code has 1 to {LONGEST_CODE} letters, digits and signs, without spaces"
_A_PERSON = "it is an e-mail address. Send the codes, but nothing about people"


@dataclass(frozen=True, slots=True)
class CodeFile:
    """The codes of a file, each once and in its order; `repeated` were in it again, on `lines` lines with a code.

    `is_titled` where the first line holds titles. `spent` codes more are left out, where a column tells that.
    """

    codes: Sequence[str]
    repeated: int
    lines: int
    is_titled: bool
    spent: int = 0


def tidy_code(typed: str) -> str:
    """The code as it is kept: without spaces around it, in Unicode's composed form."""
    return unicodedata.normalize("NFC", typed.strip().strip("\ufeff\u200b").strip())


def is_code(text: str) -> bool:
    """Whether this can be a code: 1 to 100 letters, digits and signs, without spaces."""
    return 0 < len(text) <= LONGEST_CODE and text.isprintable() and " " not in text


def is_e_mail(text: str) -> bool:
    """Whether this is an e-mail address."""
    return _E_MAIL.fullmatch(text) is not None


def read_codes(content: bytes) -> CodeFile:
    """The codes of a CSV or text file, one on each line.

    A first line of titles is noticed, a single one also by how it ends, where it has no digit and the next line has
    one. With several columns it has to name the one with the codes, and can name one that tells which are spent. Codes
    that differ in capitals only are the same: few shops tell them apart. Raises UnreadableFileError, ImportLineError.
    """
    rows = list(rows_of(content))
    column = _code_column(rows)
    body = rows if column is None else rows[1:]
    free = body if column is None else _usable(rows[0][1], body)
    seen = dict[str, str]()
    for line, cells in free:
        code = _code_in(line, cells, column)
        seen.setdefault(code.casefold(), code)
        if len(seen) > MOST_CODES:
            raise UnreadableFileError(f"That file has more than {MOST_CODES:,} codes. Please split it into several.")
    if body and not free:
        raise UnreadableFileError("That file says of all its codes that they cannot be used any more.")
    if not seen:
        raise UnreadableFileError("There is no code in that file. Put one code on each line.")
    return CodeFile(tuple(seen.values()), len(free) - len(seen), len(free), body is not rows, len(body) - len(free))


def _usable(titles: Sequence[str], body: Sequence[_Row]) -> Sequence[_Row]:
    """The lines without those that tell when a code was used, or that nobody can use it any more."""
    used, statuses = titled.column(titles, titled.REDEEMED), titled.columns(titles, titled.STATUS)

    def is_spent(cells: Sequence[str]) -> bool:
        told = used is not None and not titled.says_no("".join(cells[used : used + 1]))
        return told or any(titled.says_spent("".join(cells[status : status + 1])) for status in statuses)

    return [(line, cells) for line, cells in body if not is_spent(cells)]


def _code_column(rows: Sequence[_Row]) -> int | None:
    """Which column a first line of titles says the codes are in; None where that line is none."""
    if not rows:
        return None
    titles, following = rows[0][1], rows[1][1] if len(rows) > 1 else [""]
    column = titled.column(titles, titled.CODE)
    is_title = _LIKE_A_TITLE.fullmatch(tidy_code(titles[0])) and any(map(str.isdigit, following[0]))
    return 0 if column is None and is_title and not any(titles[1:]) else column


def _code_in(line: int, cells: Sequence[str], column: int | None) -> str:
    if column is None and any(cells[1:]):
        raise ImportLineError(line, _TWO_COLUMNS)
    code = tidy_code(cells[column or 0]) if (column or 0) < len(cells) else ""
    if not is_code(code):
        raise ImportLineError(line, _NO_CODE)
    if is_e_mail(code):
        raise ImportLineError(line, _A_PERSON)
    return code
