"""What a host typed about a discount, and what it means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.discounts.rules import DEFAULT_CONDITIONS, PERCENT, CodeKind, Conditions, Discount, Draft, valid_during
from bot.errors import UserFacingError
from bot.local_time import (
    AmbiguousTimeError,
    LocalTime,
    MidnightError,
    end_meant,
    long_date,
    read,
    start_meant,
    typed_again,
)
from bot.money import UnreadableAmountError, currency_in, currency_name, format_money, is_in, parse_amount
from bot.programs.rules import Program

_OFF = re.compile(r"\s*off\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the form as they were filled in. `code` is a code or a link, and shows in no message."""

    name: str = ""
    off: str = ""
    starts: str = ""
    ends: str = ""
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Sketch:
    """A discount on its way: nothing of it is kept before a host confirms it.

    `answers` holds what a host said about a time that could be two, by field, zone and text; `shown` what a card told
    them their times mean, which is so until the form is filled in again.
    `discount_id`, `revision` and `currency` are those of a discount being changed, and `before` is its sketch before
    anything was.
    """

    program: Program
    kind: CodeKind
    zone: str
    typed: Typed = Typed()
    cap: int | None = None
    note: str = ""
    conditions: Conditions = DEFAULT_CONDITIONS
    answers: Mapping[str, LocalTime] = field(default_factory=dict[str, LocalTime])
    shown: Mapping[str, LocalTime] = field(default_factory=dict[str, LocalTime])
    discount_id: int | None = None
    currency: str = ""
    revision: int | None = None
    before: "Sketch | None" = None

    def currencies(self, starts: LocalTime | None, ends: LocalTime | None, now: datetime) -> list[str]:
        """That of a discount being changed, and those of the program's prices, first of prices valid in its time.

        A bare number is in the first.
        """
        valid = valid_during(self.program.prices, starts, ends, now)
        found = (self.currency, *(price.currency for price in (*valid, *self.program.prices)))
        return list(dict.fromkeys(filter(None, found))) or ["USD"]

    def answered(self, question: "TwoTimesError", answer: LocalTime) -> "Sketch":
        """The sketch once a host has said which time was meant."""
        return replace(self, answers={**self.answers, question.key: answer})

    def showing(self, draft: Draft) -> "Sketch":
        """The sketch once a card shows this draft of it: *in 2 hours* and *tomorrow* mean that also later."""
        meant = {"starts": (self.typed.starts, draft.starts), "ends": (self.typed.ends, draft.ends)}
        shown = {_key(name, self.zone, text): moment for name, (text, moment) in meant.items() if moment}
        return replace(self, shown=shown)

    def typed_anew(self, typed: Typed) -> "Sketch":
        """The sketch once the form was filled in again, so that its times are read anew."""
        return replace(self, typed=typed, shown={})


class TwoTimesError(UserFacingError):
    """What was typed could be two times; a host says which. `choices` are labels of buttons and what they mean."""

    def __init__(self, key: str, message: str, choices: list[tuple[str, LocalTime]]) -> None:
        super().__init__(message)
        self.key = key
        self.choices = choices


class UnreadableDiscountError(UserFacingError):
    """How much is off cannot be read."""

    def __init__(self) -> None:
        super().__init__("How much is off? Write an amount like `$50`, or a part of the price like `34%`.")


class UnreadablePartError(UserFacingError):
    """The part of the price is no whole number of percent, or none that leaves something to pay."""

    def __init__(self) -> None:
        least, most = PERCENT
        super().__init__(f"A part of the price is a whole number from {least}% to {most}%, such as `34%`.")


class NotPricedInError(UserFacingError):
    """The amount is in a currency in which the program has no price."""

    def __init__(self, currency: str, known: Sequence[str]) -> None:
        others = " or ".join(map(currency_name, known))
        super().__init__(
            f"No price of the program is in {currency_name(currency)}. Write an amount in {others}, or a part of the "
            "price like `34%`."
        )


class NoPricesError(UserFacingError):
    """The program has no price to take something off."""

    def __init__(self, program: str) -> None:
        super().__init__(
            f"**{program}** has no price yet, so nothing can be taken off it. Add one with `/program price add`."
        )


def draft_of(sketch: Sketch, now: datetime) -> Draft:
    """What a sketch means. Raises TwoTimesError where a host has to say which time is meant, and the refusals of
    times and amounts."""
    starts = _moment(sketch, "starts", sketch.typed.starts, now)
    ends = _moment(sketch, "ends", sketch.typed.ends, now)
    percent, amount, currency = read_off(sketch.typed.off, sketch.currencies(starts, ends, now))
    return Draft(
        program_id=sketch.program.id,
        name=sketch.typed.name.strip(),
        kind=sketch.kind,
        percent=percent,
        amount_off=amount,
        currency=currency,
        starts=starts,
        ends=ends,
        cap=sketch.cap,
        note=sketch.note.strip(),
        conditions=sketch.conditions,
        secret=sketch.typed.code.strip(),
    )


def read_off(text: str, currencies: Sequence[str]) -> tuple[int | None, int | None, str]:
    """A percentage, or an amount in minor units, and the first of these currencies in which it can be meant.

    Raises UnreadableDiscountError, UnreadablePartError, NotPricedInError, UnreadableAmountError.
    """
    words = _OFF.sub("", text).strip()
    if words.endswith("%"):
        number = words[:-1].strip()
        if not number.isascii() or not number.isdigit() or not PERCENT[0] <= int(number) <= PERCENT[1]:
            raise UnreadablePartError
        return int(number), None, currencies[0]
    if not any(character.isdigit() for character in words):
        raise UnreadableDiscountError
    refusals: list[UnreadableAmountError] = []
    for currency in currencies:
        try:
            return None, parse_amount(words, currency), currency
        except UnreadableAmountError as refusal:
            refusals.append(refusal)
    meant = None if any(is_in(words, currency) for currency in currencies) else currency_in(words)
    raise NotPricedInError(meant, currencies) if meant else refusals[0]


def _moment(sketch: Sketch, name: str, text: str, now: datetime) -> LocalTime | None:
    if not text.strip():
        return None
    key = _key(name, sketch.zone, text)
    if known := sketch.shown.get(key) or sketch.answers.get(key):
        return known
    is_end, zone = name == "ends", ZoneInfo(sketch.zone)
    reading = read(text, zone, now)
    try:
        return end_meant(reading, zone) if is_end else start_meant(reading, zone)
    except MidnightError as error:
        raise _which_midnight(key, error, is_end=is_end) from None
    except AmbiguousTimeError as error:
        choices = [("The first time", error.first), ("The second time", error.second)]
        raise TwoTimesError(key, _twice(error, is_end=is_end), choices) from None


def _key(name: str, zone: str, text: str) -> str:
    return f"{name}:{zone}:{' '.join(text.split())}"


def _which_midnight(key: str, error: MidnightError, *, is_end: bool) -> TwoTimesError:
    day = f"{error.day:%B} {error.day.day}"
    choices = [(f"End of {day}", error.end), (f"Start of {day}", error.start)]
    what = "end" if is_end else "start"
    message = f"Midnight can be either end of {long_date(error.day)}. When does the discount {what}?"
    return TwoTimesError(key, message, choices if is_end else choices[::-1])


def _twice(error: AmbiguousTimeError, *, is_end: bool) -> str:
    return (
        f"{error.first.at:%H:%M} comes twice on {long_date(error.first.at.date())}, because the clocks go back then. "
        f"Which one does the discount {'end' if is_end else 'start'} at?"
    )


def sketch_of(discount: Discount, program: Program, zone: str, *, is_asked_for: bool = False) -> Sketch:
    """A discount as it stands, to be changed, in its own zone unless another one `is_asked_for`.

    The code stays as it is unless another one is typed.
    """
    is_part = discount.percent is not None
    off = f"{discount.percent}%" if is_part else format_money(discount.amount_off or 0, discount.currency)
    times = {name: moment for name, moment in (("starts", discount.starts), ("ends", discount.ends)) if moment}
    if times and not is_asked_for:
        zone = next(reversed(times.values())).zone
    texts = {name: typed_again(_in_zone(moment, zone), is_end=name == "ends") for name, moment in times.items()}
    # A time that is not typed anew means to the letter what it meant.
    answers = {_key(name, zone, texts[name]): _in_zone(moment, zone) for name, moment in times.items()}
    typed = Typed(discount.name, off, texts.get("starts", ""), texts.get("ends", ""))
    sketch = Sketch(
        program, discount.kind, zone, typed, discount.cap, discount.note, discount.conditions, answers,
        discount_id=discount.id, currency=discount.currency, revision=discount.revision,
    )  # fmt: skip
    return replace(sketch, before=sketch)


def carried_over(sketch: Sketch, current: Sketch) -> Sketch:
    """What a host changed in a sketch so far, on top of what the discount has become since."""
    before = sketch.before or current
    typed = _changed(before.typed, sketch.typed, ("name", "off", "starts", "ends", "code"))
    changed = _changed(before, sketch, ("cap", "note", "conditions"))
    answers = {**sketch.answers, **current.answers}
    return replace(
        current, typed=replace(current.typed, **typed), answers=answers, shown=sketch.shown, **changed
    )  # fmt: skip


def _changed(before: object, after: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}


def _in_zone(moment: LocalTime, zone: str) -> LocalTime:
    """The same instant by another clock."""
    if moment.zone == zone:
        return moment
    there = moment.instant.astimezone(ZoneInfo(zone))
    return LocalTime(there.replace(tzinfo=None, fold=0), zone, there.fold)
