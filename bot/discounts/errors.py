"""Refusals of discounts and codes. None of them ever holds a code."""

from datetime import datetime

from bot.discounts.condition_rules import Checklist, Condition, checklist_lines
from bot.discounts.rules import LONGEST_CODE, LONGEST_LINK, LONGEST_NAME, LONGEST_NOTE, Discount
from bot.errors import UserFacingError
from bot.money import format_money
from bot.programs.rules import Price


class NoSuchDiscountError(UserFacingError):
    """There is no such discount here, or not any more."""

    def __init__(self) -> None:
        super().__init__("I know no such discount here. Pick one from the list that appears while you type.")


class UnusableDraftError(UserFacingError):
    """What a host wrote cannot be a discount; the message says what to change."""


class NameTakenError(UnusableDraftError):
    """Another discount of the server has that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a discount called “{name}” already. Please give this one another name.")


class NameMissingError(UnusableDraftError):
    """It has no name, or too long a one."""

    def __init__(self) -> None:
        super().__init__(f"A discount needs a name of at most {LONGEST_NAME} characters. Everybody can read it.")


class NoteTooLongError(UnusableDraftError):
    """The note is too long."""

    def __init__(self) -> None:
        super().__init__(f"That note is too long: {LONGEST_NOTE} characters are the most.")


class CodeInPublicError(UnusableDraftError):
    """The name, the note or a text of the program, which everybody reads, has the code in it."""

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(
            f"The {where} has the code in it that a discount gives out, and everybody can read it. Please choose other "
            "words, or another code; members see the code once they have claimed it."
        )


class CodeMissingError(UnusableDraftError):
    """A shared code or a link is needed, and is missing or cannot be used."""

    def __init__(self, *, is_link: bool) -> None:
        super().__init__(
            f"I need the link members get: a web address that begins with https:// and has at most {LONGEST_LINK} "
            "characters."
            if is_link
            else f"I need the code members get: at most {LONGEST_CODE} letters, digits and signs, without spaces."
        )


class CodeOfAPoolError(UnusableDraftError):
    """The code for everybody is one of a pool, where each member has their own."""

    def __init__(self) -> None:
        super().__init__("That code is one of a pool already, and meant for one member alone. Please choose another.")


class OneReductionError(UnusableDraftError):
    """Neither an amount nor a percentage was given, or both, or one that makes no sense."""

    def __init__(self) -> None:
        super().__init__("A discount takes off either an amount, such as `50`, or 1 to 99 percent, such as `20%`.")


class NoPriceError(UnusableDraftError):
    """The program has no price in that currency while the discount runs."""

    def __init__(self) -> None:
        super().__init__(
            "The program has no price the amount could be taken from while this discount runs. Add one with "
            "`/program price add`, or take off a percentage."
        )


class DiscountTooLargeError(UnusableDraftError):
    """The discount is not below a price that is valid while it runs."""

    def __init__(self, price: Price) -> None:
        super().__init__(
            f"That is too much: the price “{price.label}” is {format_money(price.amount, price.currency)}, and a "
            "discount has to stay below every price that is valid while it runs."
        )


class EndsBeforeStartError(UnusableDraftError):
    """It would end before it starts."""

    def __init__(self) -> None:
        super().__init__("It would be over before it begins. Please choose an end after the start.")


class EndsInThePastError(UnusableDraftError):
    """Its end has passed."""

    def __init__(self) -> None:
        super().__init__("That end has passed already. Please choose one in the future.")


class CapTooSmallError(UnusableDraftError):
    """More codes were given out than there would be, or there would be none."""

    def __init__(self, claimed: int) -> None:
        super().__init__(
            f"{claimed:,} codes were given out already, so the cap cannot be lower than that."
            if claimed
            else "A cap is a whole number from 1 to 1,000,000. Leave it empty for none."
        )


class KindIsFixedError(UnusableDraftError):
    """A discount that has codes, or gave some out, keeps its kind and its program."""

    def __init__(self) -> None:
        super().__init__(
            "This discount has codes already, so its program and its kind of code stay as they are. Make a new "
            "discount for something else."
        )


class UnusableConditionError(UnusableDraftError):
    """A condition asks for something nobody can meet or everybody meets."""

    def __init__(self, condition: Condition) -> None:
        super().__init__(f"I cannot use the condition “{condition.kind.value.replace('_', ' ')}” with that number.")


class ProgramGoneError(UnusableDraftError):
    """The program of a discount is archived, or there is none."""

    def __init__(self) -> None:
        super().__init__(
            "That program is archived, or there is none any more. `/program archive` brings an archived one back."
        )


class NotEligibleError(UserFacingError):
    """Not every condition is met; `checklist` says which are, and how far it is to the others."""

    def __init__(self, discount: Discount, checklist: Checklist, opening: str = "") -> None:
        self.discount, self.checklist = discount, checklist
        self.opening = opening or "This is what it asks for, and where you are:"
        super().__init__("\n".join((f"Not yet: {discount.name}", self.opening, *checklist_lines(checklist))))


class RejoinedError(NotEligibleError):
    """They left and came back, so their membership counts anew."""

    def __init__(self, discount: Discount, checklist: Checklist) -> None:
        super().__init__(discount, checklist, "Welcome back! Your time as a member counts from the day you came back:")


class SoldOutError(UserFacingError):
    """All codes are given out, or the link was given to as many members as may have it."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or "All of this discount is given out. Ask a host whether there will be more.")


class NoCodesYetError(SoldOutError):
    """The pool was never filled."""

    def __init__(self) -> None:
        super().__init__("The codes of this discount are not here yet. Please try again later, or tell a host.")


class NotStartedError(UserFacingError):
    """It has not begun."""

    def __init__(self, starts_at: datetime) -> None:
        self.starts_at = starts_at
        super().__init__(f"This discount begins {_instant(starts_at)}. Come back then.")


class EndedError(UserFacingError):
    """It is over."""

    def __init__(self, ended_at: datetime) -> None:
        self.ended_at = ended_at
        super().__init__(f"This discount ended {_instant(ended_at)}, so there are no more codes.")


class PausedError(UserFacingError):
    """A host paused it."""

    def __init__(self) -> None:
        super().__init__("This discount is paused. A host can say when it goes on; please try again later.")


class RevokedError(UserFacingError):
    """A host took the member's code back."""

    def __init__(self) -> None:
        super().__init__("A host has taken your code for this discount back. Please ask a host if that surprises you.")


class ForgottenClaimError(UserFacingError):
    """They had a code, and then what was kept about them was deleted: at their wish, or because they had left."""

    def __init__(self) -> None:
        super().__init__(
            "You had a code of this discount before, and what I kept about you was deleted since. There is one for "
            "each member, so please ask a host: `/discount grant` makes it yours again."
        )


class OptedOutError(UserFacingError):
    """The member wants no codes."""

    def __init__(self) -> None:
        super().__init__("You told me you want no codes. Change that with `/code optout off`, and come back here.")


class StaffError(UserFacingError):
    """Hosts and staff get no codes."""

    def __init__(self) -> None:
        super().__init__("Codes are for members; hosts and staff leave them to the others.")


class TooManyAttemptsError(UserFacingError):
    """Five attempts within a minute are the most; `retry_at` is when the next one counts."""

    def __init__(self, retry_at: datetime) -> None:
        self.retry_at = retry_at
        super().__init__(f"That was quick! Please try again {_instant(retry_at, 'R')}.")


class NothingToRevokeError(UserFacingError):
    """The member has no code, and no host named them."""

    def __init__(self) -> None:
        super().__init__("That member has no code of this discount, so there is nothing to take back.")


class NotByNameError(UserFacingError):
    """No condition of the discount asks for members named by a host."""

    def __init__(self) -> None:
        super().__init__(
            "This discount does not ask whether a host named somebody, so naming changes nothing. Add the condition "
            "*named by a host* with `/discount edit` first."
        )


class AlreadyOverError(UserFacingError):
    """It is over, by time or because a host ended it."""

    def __init__(self, *, by_host: bool) -> None:
        super().__init__(
            "This discount was ended for good. `/discount create` makes a new one."
            if by_host
            else "This discount is over already. `/discount edit` can give it a later end."
        )


class ChangedMeanwhileError(UserFacingError):
    """Somebody else changed the discount since a host began to."""

    def __init__(self) -> None:
        super().__init__(
            "This discount was changed while you did, so nothing of yours is saved yet. Open the form again: it shows "
            "the discount as it is now, with what you changed."
        )


class KeyUnavailableError(UserFacingError):
    """The key to the codes is missing or is not the right one; the operator reads more in the log and in `check`."""

    def __init__(self) -> None:
        super().__init__(
            "I cannot open my codes just now. Nothing is lost: please tell a host that the key to the codes is missing "
            "or is not the right one. `python3 run.py check` says what to do."
        )


class NotAPoolError(UserFacingError):
    """Codes are imported into a pool only."""

    def __init__(self) -> None:
        super().__init__(
            "Only a discount with a code for each member has codes to import, and this one is of another kind. "
            "`/discount create` makes one: choose *a pool of unique codes* there."
        )


class UnreadableFileError(UserFacingError):
    """The file cannot be read as a whole; the message says why."""


class FileTooLargeError(UnreadableFileError):
    """The file is larger than the bot takes."""

    def __init__(self) -> None:
        super().__init__("That file has more than 2 MB, which is more than I take. Please split it.")


class ImportLineError(UserFacingError):
    """One line cannot be used, so nothing was imported. `line` counts from 1. The line itself is not shown."""

    def __init__(self, line: int, why: str) -> None:
        self.line, self.why = line, why
        super().__init__(f"Line {line:,} cannot be used: {why}. Mend it and send the file again; nothing was changed.")


class UnknownReferenceError(UserFacingError):
    """What a host typed is no code of the discount, no day, or a `person` and no order."""

    def __init__(self, what: str) -> None:
        reasons = {
            "date": "I cannot read that date. Write it like `2026-04-30`, and not in the future.",
            "person": "That looks like somebody’s name or e-mail address, and I keep nothing about who bought. Give me "
            "the id of the order instead.",
        }
        other = f"That is no {what} of this discount, so I noted nothing. Please check it and try again."
        super().__init__(reasons.get(what, other))


class SharedCodeError(UserFacingError):
    """Everybody has the same code, so a code says nothing about a sale."""

    def __init__(self) -> None:
        super().__init__(
            "Everybody has the same code here, so I count sales by the id of the order. Send a file with a column "
            "called `order id` and one called `date`, or one order by hand."
        )


class AlreadyRedeemedError(UserFacingError):
    """It was noted before."""

    def __init__(self) -> None:
        super().__init__("That was noted as redeemed before, so I left everything as it is.")


def _instant(instant: datetime, style: str = "F") -> str:
    """As Discord shows it to each reader in their own zone; `R` is relative: in 20 seconds."""
    return f"<t:{int(instant.timestamp())}:{style}>"
