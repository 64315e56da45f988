"""How often a member tries to get a code: five times a minute at most."""

from collections import deque
from datetime import datetime, timedelta

#: So many attempts within so long.
MOST, WITHIN = 5, timedelta(minutes=1)
#: From so many members on, those whose minute is over are dropped.
_SWEEP_FROM = 1000


class Attempts:
    """The last minute's attempts of each member, in memory: after a restart everybody begins anew.

    A guild's members all meet the same process, so this is exact.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[int, int], deque[datetime]] = {}

    def try_again_at(self, guild_id: int, member_id: int, now: datetime) -> datetime | None:
        """Count an attempt; or when the next one is possible, where there were too many. Refused ones do not count."""
        if len(self._last) > _SWEEP_FROM:
            self._last = {key: times for key, times in self._last.items() if times[-1] > now - WITHIN}
        times = self._last.setdefault((guild_id, member_id), deque(maxlen=MOST))
        if len(times) == MOST and times[0] > now - WITHIN:
            return times[0] + WITHIN
        times.append(now)
        return None

    def forget(self, guild_id: int, member_id: int) -> None:
        """Forget a member's attempts."""
        self._last.pop((guild_id, member_id), None)
