"""Refusals about taking part, levels and their roles."""

from bot.engagement.rules import HIGHEST, MarkObstacle
from bot.errors import UserFacingError

_WHY_NOT = {
    MarkObstacle.OWN: "This message is your own. Let somebody whom it helped mark it.",
    MarkObstacle.BOT: "A bot or webhook wrote this message, and marks are for people. Thank a person who helped you.",
    MarkObstacle.SYSTEM: "Discord itself wrote this, so there is nobody to thank. Mark a message of a person.",
    MarkObstacle.GONE: "Whoever wrote this has left the server, so the mark would reach nobody. The thought counts.",
    MarkObstacle.HOST: (
        "Hosts and moderators are here to help, so they get no marks and no level. Thank them in your own words; "
        "that means more."
    ),
}


class CannotMarkError(UserFacingError):
    """Nobody can be thanked with a mark on this message."""

    def __init__(self, obstacle: MarkObstacle) -> None:
        super().__init__(_WHY_NOT[obstacle])
        self.obstacle = obstacle


class NotCountedHereError(UserFacingError):
    """The message stands where nothing is counted."""

    def __init__(self) -> None:
        super().__init__("The hosts chose that nothing is counted in this channel, so marks do not count here either.")


class MarkedTodayError(UserFacingError):
    """The giver marked something of this member on this day already."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"You marked a message of {name} today already, and one a day counts. Tomorrow you can do it again."
        )


class UnsoundThresholdsError(UserFacingError):
    """The levels do not follow one another, or one cannot be reached."""

    def __init__(self) -> None:
        super().__init__(
            "Each level has to take more points than the one before, in whole numbers: *Present* at least 1, then "
            f"*Contributing*, then *Connecting*, which takes at most {HIGHEST}, all that there is to reach."
        )


class LevelRoleOutOfReachError(UserFacingError):
    """The role cannot be given to members of a level."""

    def __init__(self, fault: str) -> None:
        super().__init__(f"I cannot give that role, so I left everything as it was: {fault}")
