"""Refusals: errors whose text was written for the person who reads it."""


class UserFacingError(Exception):
    """A refusal a member or host may read as it stands: what went wrong and what to do next."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class OperatorError(Exception):
    """A reason the bot cannot start or do a command, as one sentence for the person at the terminal."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
