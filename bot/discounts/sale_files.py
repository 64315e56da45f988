"""Files with sales, as shops write them. They also hold who bought: of that nothing is taken over."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.discounts import title_rules as titled
from bot.discounts.code_files import MOST_CODES, is_code, is_e_mail, tidy_code
from bot.discounts.errors import ImportLineError, UnreadableFileError
from bot.discounts.rules import LONGEST_CODE
from bot.discounts.sale_rules import Sale
from bot.discounts.tables import rows_of
from bot.local_time import UnreadableTimeError, read

#: A time that does not say of which zone it is.
_WALL_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?")

#: In 04/05/2026 nobody knows which is the day, unless other lines tell.
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(20\d\d|\d\d)\b.*")

#: A code has no spaces, so this parts several of one order.
_BETWEEN = ", "
#: What a day has, and an amount that was paid back has not.
_DAY = re.compile(r"\b20\d\d\b|\d[-/.]\d{1,2}[-/.]\d\d")

_NO_ORDER = f"a code or the id of an order has 1 to {LONGEST_CODE} letters, digits and signs"
_PERSONAL = "it has a name or an e-mail address in it. Send the ids of orders or the codes, but nothing about people"
_NO_COLUMN = "I find no codes or orders in that file. Call their column `code` or `order id` in its first line."


@dataclass(frozen=True, slots=True)
class _DayColumn:
    """A column with days, and what it tells of all of them; `is_day_first` in those like 04/05/2026, where it does."""

    number: int
    is_in_utc: bool
    is_day_first: bool | None

    def day_in(self, cells: Sequence[str]) -> str:
        """The day on a line, as it can only be meant."""
        text = _cell(cells, self.number)
        if self.is_in_utc and _WALL_CLOCK.fullmatch(text):
            return f"{text}Z"
        slashed = _SLASHED.fullmatch(text)
        if slashed is None or self.is_day_first is None:
            return text
        first, second, year = slashed.groups()
        day, month = (first, second) if self.is_day_first else (second, first)
        return f"20{year[-2:]}-{month:0>2}-{day:0>2}"


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which columns say what. `days` are the days of an order, the best first; `used` tells when, or whether at all.

    `statuses` tell what became of an order, `voided` when it came to nothing, or whether.
    """

    code: int | None
    order: int | None
    days: Sequence[_DayColumn]
    used: _DayColumn | None = None
    statuses: Sequence[int] = ()
    voided: Sequence[int] = ()

    def is_void(self, cells: Sequence[str]) -> bool:
        """Whether the order on a line came to nothing. Of one that was paid back in part something is left."""
        if any(titled.says_void(_cell(cells, column)) for column in (*self.statuses, *self.voided)):
            return True
        told = [_cell(cells, column) for column in self.voided]
        return any(titled.says_yes(cell) or _DAY.search(cell) for cell in told)


def read_sales(content: bytes, zone: ZoneInfo, now: datetime, *, by_code: bool) -> list[Sale]:
    """The sales in a shop's CSV file.

    A line of titles says which columns hold the code, the order and the day. Without one the first column is the code
    (`by_code`) or the order, and the second the day. Where there is a column for codes, lines without one are left
    out, since a shop lists all its sales; so are those whose code was not redeemed, where a column tells that. An order
    that was refunded, cancelled or never paid is a sale without a day.
    Raises UnreadableFileError, ImportLineError.
    """
    rows = list(rows_of(content, may_break=True))
    found = _columns(rows)
    untitled = (0, None) if by_code else (None, 0)
    if found is None and (line := next((line for line, cells in rows if is_e_mail(_cell(cells, 0))), None)):
        raise ImportLineError(line, _PERSONAL)
    columns = found or _Columns(*untitled, [_day_column(rows, 1)])
    if not columns.days and columns.used is None:
        raise UnreadableFileError(
            "I find no dates of sales in that file. It needs a column called `date`, as in 2026-04-30."
        )
    body = rows[1:] if found else rows
    if len(body) > MOST_CODES:
        raise UnreadableFileError(f"That file has more than {MOST_CODES:,} lines. Please split it into several.")
    sales = [sale for line, cells in body for sale in _sales_in(line, cells, columns, zone, now)]
    if not sales:
        raise UnreadableFileError("There is no sale in that file. Put a code or an order’s id and a date on each line.")
    return sales


def _columns(rows: Sequence[tuple[int, Sequence[str]]]) -> _Columns | None:
    """Which columns a first line of titles names; None where that line is none."""
    titles = rows[0][1] if rows else ()
    code, order, used = (titled.column(titles, names) for names in (titled.CODE, titled.ORDER, titled.REDEEMED))
    if order is None:
        order = _named_order_column(rows)
    payment, any_id = (titled.column(titles, names) for names in (titled.PAYMENT, titled.ID))
    # Beside codes, an id may be the code's own, and a day of creation the one on which it was made.
    may_be_made = code is not None and order is None and payment is None
    order = next((one for one in (order, any_id, payment) if one is not None), None)
    kinds = (titled.PAID, titled.ORDERED) if may_be_made else (titled.PAID, titled.ORDERED, titled.CREATED)
    days = [_day_column(rows, day) for names in kinds if (day := titled.column(titles, names)) is not None]
    if code is None and order is None:
        if days or used is not None:
            raise UnreadableFileError(_NO_COLUMN)
        return None
    statuses, voided = titled.columns(titles, titled.STATUS), titled.columns(titles, titled.VOIDED)
    return _Columns(code, order, days, None if used is None else _day_column(rows, used), statuses, voided)


def _day_column(rows: Sequence[tuple[int, Sequence[str]]], number: int) -> _DayColumn:
    """What a column tells of its days: one like 04/30/2026 makes clear in which order all of them are."""
    cells = [_cell(cells, number) for _, cells in rows]
    slashed = [day for cell in cells if (day := _SLASHED.fullmatch(cell))]
    first, second = (any(int(day[part]) > 12 for day in slashed) for part in (1, 2))
    return _DayColumn(number, bool(cells) and titled.is_in_utc(cells[0]), first if first != second else None)


def _named_order_column(rows: Sequence[tuple[int, Sequence[str]]]) -> int | None:
    """Where a column called "Name" holds orders as Shopify names them, and not people."""
    column = titled.column(rows[0][1], titled.NAME) if rows else None
    names = [_cell(cells, column) for _, cells in rows[1:]]
    return column if all(any(map(str.isdigit, name)) and " " not in name for name in names if name) else None


def _sales_in(line: int, cells: Sequence[str], columns: _Columns, zone: ZoneInfo, now: datetime) -> Sequence[Sale]:
    """The sale on a line, once for each of its codes; none where it has none or tells that it was not used.

    Of an order that came to nothing neither the day nor anything else has to be right.
    """
    codes, order = _cell(cells, columns.code), _cell(cells, columns.order)
    used = columns.used.day_in(cells) if columns.used else ""
    if not (codes if columns.code is not None else order) or (columns.used and titled.says_no(used)):
        return ()
    if columns.is_void(cells):
        return [Sale(line, None, code, order if is_order(order) else "") for code in codes.split(_BETWEEN)]
    days = [column.day_in(cells) for column in columns.days]
    day = next(filter(None, days if not used or titled.says_yes(used) else [used]), "")
    return [_sale(line, code, order, day, zone, now) for code in codes.split(_BETWEEN)]


def _cell(cells: Sequence[str], column: int | None) -> str:
    return tidy_code(cells[column]) if column is not None and column < len(cells) else ""


def _sale(line: int, code: str, order: str, day: str, zone: ZoneInfo, now: datetime) -> Sale:
    # Among a shop's orders there are other discounts, named in words.
    if code and not order and not is_code(code):
        raise ImportLineError(line, _NO_ORDER)
    if order and not is_order(order):
        raise ImportLineError(line, _PERSONAL if is_personal(order) else _NO_ORDER)
    when = read_day(day, zone, now)
    if when is None:
        raise ImportLineError(line, "I cannot read its date. Write it as in 2026-04-30")
    if is_ahead(when, zone, now):
        raise ImportLineError(line, "its date is in the future")
    return Sale(line, when, code, order)


def is_order(text: str) -> bool:
    """Whether this can be the id of an order: 1 to 100 letters, digits and signs, no e-mail address and no name."""
    return 0 < len(text) <= LONGEST_CODE and text.isprintable() and not is_personal(text)


def is_personal(text: str) -> bool:
    """Whether this is an e-mail address, or words as in a person's name."""
    return "@" in text or (" " in text and not any(map(str.isdigit, text)))


def is_ahead(day: date, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a day has begun nowhere yet; a shop's clock may be in another zone."""
    return day > now.astimezone(zone).date() + timedelta(days=1)


def read_day(typed: str, zone: ZoneInfo, now: datetime) -> date | None:
    """The day somebody or a shop wrote, without a year the last such day; an instant is read in the zone."""
    try:
        instant = datetime.fromisoformat(typed.strip().replace(" UTC", "Z"))
        return (instant.astimezone(zone) if instant.tzinfo else instant).date()
    except (ValueError, OverflowError):  # the year 1 begins in no other zone
        pass
    try:
        return read(typed, zone, now, is_past=True).day
    except UnreadableTimeError:
        return None
