"""Files with codes: what a host attaches, read line by line. A line is named by its number, never by what it says."""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

from bot.discounts.errors import ImportLineError, UnreadableFileError
from bot.discounts.rules import LONGEST_CODE
from bot.local_time import UnreadableTimeError, read

#: The largest file, in bytes, and the most codes in one.
LARGEST_FILE, MOST_CODES = 2 * 1024 * 1024, 50_000

#: Titles of columns, without what stands between their words; where a file has several of them, the first is meant.
_CODE_TITLES = (
    "discountcode", "discountcodes", "couponcode", "vouchercode", "promotioncode", "promocode", "promocodes",
    "uniquecode", "uniquecodes", "code", "codes", "coupon", "coupons", "voucher",
)  # fmt: skip
_ORDER_TITLES = ("orderid", "ordernumber", "orderno", "orderno.", "order#", "order", "id", "name")
_REDEEMED_TITLES = ("redeemedat", "redeemedon", "redeemed", "usedat", "usedon")
_DAY_TITLES = (*_REDEEMED_TITLES, "paidat", "orderdate", "date", "day", "createdat", "created")
#: A title of the host's own making: "Gutscheincodes", "Webinar-Coupons".
_LIKE_A_TITLE = re.compile(r"\D*(codes?|coupons?|vouchers?)", re.IGNORECASE)
#: The first line of many a file for Excel (https://en.wikipedia.org/wiki/Comma-separated_values#Specification).
_DELIMITER_LINE = re.compile(r'"?sep=([,;\t|])"?[,;\t| ]*(?:\r?\n|\r|$)', re.IGNORECASE)

_TWO_COLUMNS = "it has more than one column. Name the one with the codes `code` in the first line"
_NO_CODE = f"a code has 1 to {LONGEST_CODE} letters, digits and signs, without spaces"
_NO_ORDER = f"a code or the id of an order has 1 to {LONGEST_CODE} letters, digits and signs"
_E_MAIL = "it has an e-mail address in it. Send the ids of orders or the codes, but nothing about people"


@dataclass(frozen=True, slots=True)
class CodeFile:
    """The codes of a file, each once and in its order; `repeated` were in it again, on `lines` lines with a code.

    `is_titled` where the first line holds titles.
    """

    codes: Sequence[str]
    repeated: int
    lines: int
    is_titled: bool


@dataclass(frozen=True, slots=True)
class Sale:
    """What the shop says of one sale: the day, and a code, the id of an order, or both. `line` counts from 1."""

    line: int
    day: date
    code: str = field(default="", repr=False)
    order: str = ""


def tidy_code(typed: str) -> str:
    """The code as it is kept: without spaces around it, in Unicode's composed form."""
    return unicodedata.normalize("NFC", typed.strip().strip("\ufeff\u200b").strip())


def is_code(text: str) -> bool:
    """Whether this can be a code: 1 to 100 letters, digits and signs, without spaces."""
    return 0 < len(text) <= LONGEST_CODE and text.isprintable() and " " not in text


def read_codes(content: bytes) -> CodeFile:
    """The codes of a CSV or text file, one on each line.

    A first line of titles is noticed, a single one also by how it ends, where it has no digit and the next line has
    one. With several columns it has to name the one with the codes. Codes that differ in capitals only are the same:
    few shops tell them apart. Raises UnreadableFileError, ImportLineError.
    """
    rows = list(_rows(content))
    column = _code_column(rows)
    body = rows if column is None else rows[1:]
    seen = dict[str, str]()
    for line, cells in body:
        code = _code_in(line, cells, column)
        seen.setdefault(code.casefold(), code)
        if len(seen) > MOST_CODES:
            raise UnreadableFileError(f"That file has more than {MOST_CODES:,} codes. Please split it into several.")
    if not seen:
        raise UnreadableFileError("There is no code in that file. Put one code on each line.")
    return CodeFile(tuple(seen.values()), len(body) - len(seen), len(body), body is not rows)


def _code_column(rows: Sequence[tuple[int, Sequence[str]]]) -> int | None:
    """Which column a first line of titles says the codes are in; None where that line is none."""
    if not rows:
        return None
    titles, following = rows[0][1], rows[1][1] if len(rows) > 1 else [""]
    column = _column(titles, _CODE_TITLES)
    is_title = _LIKE_A_TITLE.fullmatch(tidy_code(titles[0])) and any(map(str.isdigit, following[0]))
    return 0 if column is None and is_title and not any(titles[1:]) else column


def _code_in(line: int, cells: Sequence[str], column: int | None) -> str:
    if column is None and any(cells[1:]):
        raise ImportLineError(line, _TWO_COLUMNS)
    code = tidy_code(cells[column or 0]) if (column or 0) < len(cells) else ""
    if not is_code(code):
        raise ImportLineError(line, _NO_CODE)
    return code


def read_sales(content: bytes, zone: ZoneInfo, now: datetime, *, by_code: bool) -> list[Sale]:
    """The sales in a shop's CSV file.

    A line of titles says which columns hold the code, the order and the day. Without one the first column is the code
    (`by_code`) or the order, and the second the day. Where there is a column for codes, lines without one are left
    out, since a shop lists all its sales; so are those without a day in a column that tells when codes were redeemed.
    Raises UnreadableFileError, ImportLineError.
    """
    rows = list(_rows(content))
    titles = rows[0][1] if rows else ()
    code, order, day = (_column(titles, names) for names in (_CODE_TITLES, _ORDER_TITLES, _DAY_TITLES))
    if code is None and order is None:
        code, order, day = (0, None, 1) if by_code else (None, 0, 1)
    else:
        rows = rows[1:]
    if day is None:
        raise UnreadableFileError("That file says no days. It needs a column called `date`, as in 2026-04-30.")
    if len(rows) > MOST_CODES:
        raise UnreadableFileError(f"That file has more than {MOST_CODES:,} lines. Please split it into several.")
    is_all_sold = day != _column(titles, _REDEEMED_TITLES)
    sales: list[Sale] = []
    for line, row in rows:
        its_code, its_order, its_day = (_cell(row, column) for column in (code, order, day))
        if (its_code if code is not None else its_order) and (its_day or is_all_sold):
            sales.append(_sale(line, its_code, its_order, its_day, zone, now))
    if not sales:
        raise UnreadableFileError("There is no sale in that file. Put a code or an order’s id and a date on each line.")
    return sales


def _cell(row: Sequence[str], column: int | None) -> str:
    return tidy_code(row[column]) if column is not None and column < len(row) else ""


def _sale(line: int, code: str, order: str, day: str, zone: ZoneInfo, now: datetime) -> Sale:
    if "@" in order:
        raise ImportLineError(line, _E_MAIL)
    if (code and not is_code(code)) or not is_order(order or "1"):
        raise ImportLineError(line, _NO_ORDER)
    when = read_day(day, zone, now)
    if when is None:
        raise ImportLineError(line, "I cannot read its date. Write it as in 2026-04-30")
    if is_ahead(when, zone, now):
        raise ImportLineError(line, "its date is in the future")
    return Sale(line, when, code, order)


def is_order(text: str) -> bool:
    """Whether this can be the id of an order: 1 to 100 letters, digits and signs, and no e-mail address."""
    return 0 < len(text) <= LONGEST_CODE and text.isprintable() and "@" not in text


def is_ahead(day: date, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a day has begun nowhere yet; a shop's clock may be in another zone."""
    return day > now.astimezone(zone).date() + timedelta(days=1)


def read_day(typed: str, zone: ZoneInfo, now: datetime) -> date | None:
    """The day somebody or a shop wrote, without a year the last such day; an instant is read in the zone."""
    try:
        instant = datetime.fromisoformat(typed.strip().replace(" UTC", "Z"))
    except ValueError:
        try:
            return read(typed, zone, now, is_past=True).day
        except UnreadableTimeError:
            return None
    return (instant.astimezone(zone) if instant.tzinfo else instant).date()


def _column(titles: Sequence[str], names: Sequence[str]) -> int | None:
    """Where the title is that stands first among these names."""
    plain = [re.sub(r"[\s_-]", "", title.casefold()) for title in titles]
    return next((plain.index(name) for name in names if name in plain), None)


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Every line that is not empty, with its number and its cells; not the one in which Excel says how it splits."""
    text = _text(content)
    said = _DELIMITER_LINE.match(text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=said[1] if said else _delimiter(text))
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and not (said and line == 1):
                if reader.line_num > line or any("\n" in cell for cell in cells):
                    raise ImportLineError(line, "it has a quotation mark that is not closed")
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise ImportLineError(line, "it is no line of a CSV file") from None


def _delimiter(text: str) -> str:
    """What stands most often in the first line that is not empty; spreadsheets in Europe write semicolons."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise UnreadableFileError("That file has more than 2 MB, which is more than I take. Please split it.")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            raise UnreadableFileError("I cannot read that file. Please save it again as CSV in UTF-8.") from None
        raise ImportLineError(
            content[: error.start].count(b"\n") + 1, "it is not UTF-8. Save the file as UTF-8"
        ) from None
