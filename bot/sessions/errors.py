"""Refusals of sessions."""

from bot.errors import UserFacingError
from bot.sessions.rules import MOST_HOSTS


class NoSuchSessionError(UserFacingError):
    """The guild has no such session."""

    def __init__(self) -> None:
        super().__init__("There is no such session here. `/session list` shows those that are planned.")


class SessionOverError(UserFacingError):
    """It was closed or cancelled, so it cannot be changed or joined any more."""

    def __init__(self, title: str, *, is_cancelled: bool) -> None:
        how = "was cancelled" if is_cancelled else "is over"
        super().__init__(f"**{title}** {how}. `/session list` shows what comes next.")


class UnusableSessionError(UserFacingError):
    """Something about it cannot be; the sentence says what to do."""


class NoHomeError(UserFacingError):
    """There is no channel for the session's thread."""

    def __init__(self) -> None:
        super().__init__(
            "Sessions need a channel for their questions. Choose one for *Q&A* in `/setup`, then try again."
        )


class NotForYouError(UserFacingError):
    """The session is for members with a role."""

    def __init__(self, role: str) -> None:
        super().__init__(
            f"This session is for members with {role}. If you should have it, please tell a host: they can give it "
            "to you."
        )


class NotAHostError(UserFacingError):
    """Only its hosts and those who manage the server may do that."""

    def __init__(self) -> None:
        super().__init__("Only the hosts of this session can do that, and whoever manages this server.")


class TooManyHostsError(UserFacingError):
    """A session has a few hosts at most."""

    def __init__(self) -> None:
        super().__init__(f"A session has 1 to {MOST_HOSTS} hosts, and none of them is a bot.")


class AlreadyStartedError(UserFacingError):
    """What is open is not cancelled or skipped, but closed."""

    def __init__(self, title: str) -> None:
        super().__init__(f"**{title}** is open. `/session close` ends it.")


class AlreadyRepeatsError(UserFacingError):
    """The session belongs to a repetition."""

    def __init__(self, title: str) -> None:
        super().__init__(f"**{title}** is repeated already. `/session repeat` with *stop* ends that first.")


class DoesNotRepeatError(UserFacingError):
    """The session belongs to no repetition that goes on."""

    def __init__(self, title: str) -> None:
        super().__init__(f"**{title}** is not repeated, so there is nothing to stop.")
