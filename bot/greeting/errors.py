"""Refusals of greetings and introductions."""

from collections.abc import Sequence

from bot.errors import UserFacingError
from bot.greeting.rules import LONGEST_MESSAGE, MOST_TEMPLATES, PLACEHOLDERS, TemplateFault

_LIST = ", ".join(f"`{{{name}}}`" for name in PLACEHOLDERS)


class UnusableTemplateError(UserFacingError):
    """The text cannot be a greeting."""

    def __init__(self, fault: TemplateFault) -> None:
        super().__init__(_unknown(fault.unknown) if fault.unknown else _too_long(fault.longest))


def _unknown(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{{{name[:40]}}}`" for name in names[:5])
    return f"I do not know {shown}. You can use {_LIST}."


def _too_long(longest: int) -> str:
    return (
        f"That greeting is too long: with the longest names it would have {longest:,} characters, "
        f"and Discord allows {LONGEST_MESSAGE:,}. Please shorten it by {longest - LONGEST_MESSAGE:,}."
    )


class TooManyTemplatesError(UserFacingError):
    """There are as many greetings as there may be."""

    def __init__(self) -> None:
        super().__init__(
            f"There are {MOST_TEMPLATES} greetings already, which is the most. Change one of them instead."
        )


class NoSuchTemplateError(UserFacingError):
    """There is no greeting with that number."""

    def __init__(self, count: int) -> None:
        super().__init__(f"There is no such greeting. Pick one of the {count} from the list, or add a new one.")


class InvalidBlogUrlError(UserFacingError):
    """What was typed is not the address of a blog."""

    def __init__(self, typed: str) -> None:
        super().__init__(f"“{typed[:80]}” does not look like a web address. A blog's looks like `https://example.com`.")


class NoIntroductionsChannelError(UserFacingError):
    """The host has not chosen a channel for introductions."""

    def __init__(self) -> None:
        super().__init__("Introductions have no channel here yet. Please ask a host to choose one with `/setup`.")


class NoGreeterRoleError(UserFacingError):
    """The host has not chosen a role for greeters, or it was deleted."""

    def __init__(self) -> None:
        super().__init__("Greeters have no role here yet. Please ask a host to choose one with `/greeting settings`.")


class GreeterRoleOutOfReachError(UserFacingError):
    """The bot cannot or must not hand out the greeter role; `reason` says what a host can do."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"I cannot give that role to greeters. If you are not a host, please show this to one: {reason}"
        )


class IntroductionGoneError(UserFacingError):
    """The introduction is not there any more."""

    def __init__(self) -> None:
        super().__init__("This introduction was taken back, so there is nobody to answer here any more.")


class OwnIntroductionError(UserFacingError):
    """A member pressed *Say hi* on their own card."""

    def __init__(self) -> None:
        super().__init__("This is your own card. The others say hi to you here.")


class NothingHeldError(UserFacingError):
    """No greetings are held: somebody decided about them already."""

    def __init__(self) -> None:
        super().__init__("Somebody decided about this already, so I left everything as it is.")
