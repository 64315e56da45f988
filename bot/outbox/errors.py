"""Refusals of the outbox."""

from bot.errors import UserFacingError


class NotRetryableError(UserFacingError):
    """The post is not one that failed."""

    def __init__(self) -> None:
        super().__init__("There is nothing to try again here: that post has gone out, or is on its way.")


class NoLongerUsefulError(UserFacingError):
    """The post's latest useful time has passed."""

    def __init__(self) -> None:
        super().__init__("It is too late to send that post now, so I left it.")
