"""Refusals of the community's settings."""

from bot.errors import UserFacingError


class UnknownTimeZoneError(UserFacingError):
    """What was typed is not the name of a time zone."""

    def __init__(self, typed: str, similar: list[str]) -> None:
        hint = (
            f"Did you mean {' or '.join(f'`{name}`' for name in similar)}?"
            if similar
            else "Start typing a city near you and pick from the list, for example `America/New_York`."
        )
        super().__init__(f"I do not know the time zone “{typed[:60]}”. {hint}")
