"""What a host wrote, looked over: everything that keeps it from being a discount is said in one sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from bot.discounts import errors, rules
from bot.discounts.code_files import is_code, tidy_code
from bot.discounts.condition_rules import fault_in
from bot.discounts.rules import CodeKind, Discount, DiscountState, Draft
from bot.errors import UserFacingError
from bot.programs.rules import Price, Program, public_texts


@dataclass(frozen=True, slots=True)
class Stalled:
    """A discount its program holds up, and why. Without a `fault` it fits again, and waits for a host to resume it."""

    discount: Discount
    fault: UserFacingError | None


def tidied(draft: Draft) -> Draft:
    """A draft without needless white space; a percentage has no currency, and a pool no shared secret."""
    return replace(
        draft,
        name=" ".join(draft.name.split()),
        note=draft.note.strip(),
        secret="" if draft.kind is CodeKind.POOL else tidy_code(draft.secret),
        currency="" if draft.percent is not None else draft.currency,
    )


def still_open(discount: Discount, now: datetime) -> Discount:
    """The discount. Raises AlreadyOverError where it is over."""
    if rules.state(discount, now) is DiscountState.ENDED:
        raise errors.AlreadyOverError(by_host=discount.ended_at is not None)
    return discount


def check_words(draft: Draft, known: Discount | None, secret: str, program: Program | None) -> None:
    """Raise what is wrong with the words; `secret` is what members will get, or get already."""
    if not 0 < len(draft.name) <= rules.LONGEST_NAME:
        raise errors.NameMissingError
    if len(draft.note) > rules.LONGEST_NOTE:
        raise errors.NoteTooLongError
    is_other = known is not None and (known.kind, known.program_id) != (draft.kind, draft.program_id)
    if is_other and known is not None and (known.claimed or (known.kind is CodeKind.POOL and known.is_filled)):
        raise errors.KindIsFixedError
    if draft.kind is CodeKind.POOL:
        return
    is_link = draft.kind is CodeKind.LINK
    if not (_is_link(secret) if is_link else is_code(secret)):
        raise errors.CodeMissingError(is_link=is_link)
    for where, text in (("name", draft.name), ("note", draft.note)):
        if rules.reveals(text, secret):
            raise errors.CodeInPublicError(where)
    if program is not None:
        check_texts(public_texts(program), secret)


def check_texts(texts: Mapping[str, str], secret: str) -> None:
    """Raise CodeInPublicError where one of these texts, which everybody reads, has the code in it."""
    for where, text in texts.items():
        if rules.spells_out(text, secret):
            raise errors.CodeInPublicError(where)


def check_cards(others: Iterable[Discount], secret: str) -> None:
    """Raise CodeInPublicError where the card of one of these other discounts has the code in it."""
    for other in others:
        check_texts({"name of another discount": other.name, "note of another discount": other.note}, secret)


def check_numbers(draft: Draft, known: Discount | None, now: datetime) -> None:
    """Raise what is wrong with the amount, the times, the cap and the conditions."""
    least, most = rules.PERCENT
    by_percent = draft.percent is not None and least <= draft.percent <= most
    by_amount = draft.amount_off is not None and draft.amount_off > 0 and bool(draft.currency)
    if (draft.percent is None) == (draft.amount_off is None) or not (by_percent or by_amount):
        raise errors.OneReductionError
    if draft.ends is not None and draft.starts is not None and draft.ends.instant <= draft.starts.instant:
        raise errors.EndsBeforeStartError
    if draft.ends is not None and draft.ends.instant <= now:
        raise errors.EndsInThePastError
    claimed = known.claimed if known else 0
    if draft.cap is not None and not max(claimed, 1) <= draft.cap <= rules.LARGEST_CAP:
        raise errors.CapTooSmallError(claimed if draft.cap < claimed else 0)
    if (condition := fault_in(draft.conditions)) is not None:
        raise errors.UnusableConditionError(condition)


def fault(program: Program | None, discount: Discount | Draft, now: datetime) -> UserFacingError | None:
    """Why a discount does not fit its program: that is gone, has no price for it, or one that is not higher."""
    if program is None or program.archived_at is not None:
        return errors.ProgramGoneError()
    if (price := rules.too_small(program.prices, discount, now)) is not None:
        return errors.DiscountTooLargeError(price)
    if discount.amount_off is not None and not _priced(program, discount, now):
        return errors.NoPriceError()
    return None


def _priced(program: Program, discount: Discount | Draft, now: datetime) -> list[Price]:
    return [
        price
        for price in rules.valid_during(program.prices, discount.starts, discount.ends, now)
        if price.currency == discount.currency
    ]


def changes(before: Discount, draft: Draft) -> str:
    """What an edit changes, in words for the log; never a code."""
    fields = {
        "program": (before.program_id, draft.program_id), "name": (before.name, draft.name),
        "kind": (before.kind, draft.kind), "percent": (before.percent, draft.percent),
        "amount": ((before.amount_off, before.currency), (draft.amount_off, draft.currency)),
        "start": (before.starts, draft.starts), "end": (before.ends, draft.ends), "cap": (before.cap, draft.cap),
        "note": (before.note, draft.note), "conditions": (before.conditions, draft.conditions),
    }  # fmt: skip
    changed = [name for name, (old, new) in fields.items() if old != new]
    if draft.secret:
        changed.append("link" if draft.kind is CodeKind.LINK else "code")
    return ", ".join(changed)


def _is_link(text: str) -> bool:
    if not 0 < len(text) <= rules.LONGEST_LINK or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and "." in parts.netloc and "@" not in parts.netloc
