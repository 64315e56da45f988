"""Refusals about look-alikes, and of kicks."""

from bot.errors import UserFacingError
from bot.impostors.rules import Decision, KickObstacle

_WHY_NOT = {
    KickObstacle.TARGET_GONE: "{name} has left already, so there is nobody to kick.",
    KickObstacle.TARGET_OWNS: "{name} owns this server, and nobody can kick its owner.",
    KickObstacle.PRESSER_MAY_NOT: (
        "To kick {name} you need *Kick Members*. Whoever manages the server grants it to your role under "
        "*Server Settings → Roles*."
    ),
    KickObstacle.PRESSER_TOO_LOW: (
        "Your highest role is not above the highest role of {name}, so you may not kick them. Ask somebody whose "
        "role stands higher under *Server Settings → Roles*."
    ),
    KickObstacle.BOT_MAY_NOT: (
        "I lack *Kick Members*. Grant it to my role under *Server Settings → Roles* and press again, or kick "
        "{name} yourself from their profile."
    ),
    KickObstacle.BOT_TOO_LOW: (
        "My highest role is not above the highest role of {name}. Drag my role above theirs under *Server Settings → "
        "Roles* and press again, or kick them yourself from their profile."
    ),
}


class CannotKickError(UserFacingError):
    """Somebody's permission or the order of roles forbids the kick, or there is nobody to kick."""

    def __init__(self, obstacle: KickObstacle, name: str) -> None:
        super().__init__(_WHY_NOT[obstacle].format(name=name))
        self.obstacle = obstacle


class NotForYouError(UserFacingError):
    """Only hosts and moderators decide about look-alikes."""

    def __init__(self) -> None:
        super().__init__(
            "This is for hosts and moderators: people with the host role, *Manage Server* or *Kick Members*."
        )


class AlreadyDecidedError(UserFacingError):
    """Somebody was faster."""

    def __init__(self, decision: Decision, decided_by: int | None) -> None:
        who = f"<@{decided_by}>" if decided_by else "Somebody"
        what = "said that this is fine" if decision is Decision.FINE else "kicked this account"
        super().__init__(f"{who} {what} already, so I left everything as it is.")


class LookalikeGoneError(UserFacingError):
    """The look-alike is not known any more: its data was deleted, or it left and came back."""

    def __init__(self) -> None:
        super().__init__("I no longer know what this was about, so I left everything as it is.")
