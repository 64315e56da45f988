"""Refusals of the programs."""

from bot.errors import UserFacingError
from bot.programs import rules


class NoSuchProgramError(UserFacingError):
    """The guild has no such program (any more)."""

    def __init__(self) -> None:
        super().__init__("There is no such program here. Pick one from the list that appears while you type.")


class ArchivedError(UserFacingError):
    """The program was archived, perhaps while its form was open."""

    def __init__(self, name: str) -> None:
        super().__init__(f"**{name}** is archived, so nothing was changed. `/program archive` can bring it back.")


class NameTakenError(UserFacingError):
    """Another program of the guild has this name."""

    def __init__(self, name: str, *, is_archived: bool) -> None:
        way_on = "It is archived, and `/program archive` can bring it back" if is_archived else "Change it there"
        command = "" if is_archived else " with `/program edit`"
        super().__init__(f"There is a program called **{name}** already. {way_on}{command}, or choose another name.")


class NamelessError(UserFacingError):
    """A name, label or title of white space."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The {what} is empty. Write a word or two.")


class BadLinkError(UserFacingError):
    """What was typed is no address of the web."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The {what} has to be a web address, such as `https://example.com/register`.")


class TooManyError(UserFacingError):
    """No more programs, prices or recordings fit."""

    def __init__(self, what: str, most: int, way_on: str) -> None:
        super().__init__(f"There are {most} {what} already, and more do not fit. {way_on}")


class LabelTakenError(UserFacingError):
    """The program has a price with this label."""

    def __init__(self, label: str) -> None:
        super().__init__(
            f"There is a price called **{label}** already. Change it with `/program price edit`, or choose another "
            "name."
        )


class NoSuchPriceError(UserFacingError):
    """The program has no such price (any more)."""

    def __init__(self) -> None:
        super().__init__("This program has no such price. Pick one from the list that appears while you type.")


class EndsBeforeStartError(UserFacingError):
    """A price that is over before it begins."""

    def __init__(self) -> None:
        super().__init__("This price would end before it starts. Write an end that is later than the start.")


class NoSuchRecordingError(UserFacingError):
    """The program has no such recording (any more)."""

    def __init__(self) -> None:
        super().__init__("This program has no such recording. Pick one from the list that appears while you type.")


class SameRecordingError(UserFacingError):
    """The program has a recording with this title and this link."""

    def __init__(self, title: str) -> None:
        super().__init__(f"There is a recording “{title}” with this link already. `/program recording list` shows it.")


class UnreadableLengthError(UserFacingError):
    """What was typed is no length of a recording, or could be two."""

    def __init__(self) -> None:
        hours = int(rules.LONGEST_RECORDING.total_seconds() // 3600)
        super().__init__(
            "I cannot read that length. Write it like `62 min`, `1.5 hours` or, with seconds, `1:02:30`, at most "
            f"{hours} hours."
        )


class ForParticipantsError(UserFacingError):
    """Recordings are for participants."""

    def __init__(self) -> None:
        super().__init__(
            "The recordings are for participants. If you take part and do not see them, please write to a host."
        )
