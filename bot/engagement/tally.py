"""What was seen and is not written down yet, in memory: 48 bytes for a message, and none of its words."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.engagement import count_rules as rules
from bot.engagement.count_rules import A_MINUTE, WIDTH, minute_of

#: About so many messages are written down in one transaction.
BATCH = 4000
#: More messages than this are not held; the channels they were in are read back later.
MOST_HELD = 600_000
#: So many minutes are remembered after they were written down, for messages that a slow connection brings late.
MINUTES_REMEMBERED = 3
#: So many different sets of roles are remembered. Past that the tally starts anew as soon as it is empty.
MOST_ROLE_SETS = 20_000
#: The number of the roles that are not known yet, because history does not tell them.
UNKNOWN_ROLES = 0


@dataclass(slots=True, eq=False)
class GuildTally:
    """One guild's part.

    `minutes` holds the messages by the clock minute they were written in, `deleted` those deleted in time. `marks`
    and `since` are what the database knows to be counted; None until they were read. `reading` maps each channel
    that has history to read back to how far that was read, and `targets` to how far it is to be read; `targets` is None
    while nobody has looked which channels these are, and until then nothing is written down. `gaps` says how often
    something may have been missed, `doubtful` of which minutes something may have been deleted in time unheard.
    """

    guild_id: int
    minutes: dict[int, "array[int]"] = field(default_factory=dict[int, "array[int]"])
    deleted: set[int] = field(default_factory=set[int])
    parents: dict[int, int] = field(default_factory=dict[int, int])
    marks: dict[int, int] = field(default_factory=dict[int, int])
    since: int | None = None
    targets: dict[int, int] | None = None
    reading: dict[int, int] = field(default_factory=dict[int, int])
    lost: dict[int, int] = field(default_factory=dict[int, int])
    counted: dict[int, set[int]] = field(default_factory=dict[int, set[int]])
    active: dict[date, set[int]] = field(default_factory=dict[date, set[int]])
    gaps: int = 0
    doubtful: set[int] = field(default_factory=set[int])

    def add(self, message_id: int, channel_id: int, author_id: int, roles: int, to_id: int, answered_id: int) -> None:
        """Hold a message."""
        minute = message_id // A_MINUTE  # `minute_of`, without a call for each message
        messages = self.minutes.get(minute)
        if messages is None:
            messages = self.minutes[minute] = array("Q")
        messages.extend((message_id, channel_id, author_id, roles, to_id, answered_id))

    def __len__(self) -> int:
        return sum(map(len, self.minutes.values())) // WIDTH

    def ripe(self, now: datetime, most: int = BATCH) -> dict[int, int]:
        """The oldest minutes that are whole and can be written down, and how many numbers each holds.

        They are about `most` messages, but always whole minutes. None is later than what is being read back, so all of
        a guild is written in the order it was said.
        """
        if self.targets is None or self.since is None:
            return {}
        end = rules.ripe_before(now)
        if self.reading:
            end = min(end, minute_of(min(self.reading.values())))
        chosen: dict[int, int] = {}
        for minute in sorted(minute for minute in self.minutes if minute < end):
            chosen[minute] = len(self.minutes[minute])
            most -= chosen[minute] // WIDTH
            if most <= 0:
                break
        return chosen

    def ripe_at(self) -> datetime | None:
        """When the oldest minute can be written down; None where nothing is held."""
        oldest = min(self.minutes, default=None)
        return None if oldest is None else rules.ripe_from(oldest)

    def written(self, minutes: Mapping[int, int], reckoning: rules.Reckoning) -> None:
        """So much of these minutes is on disk. What came meanwhile stays."""
        self.marks |= reckoning.newest
        for minute, length in minutes.items():
            del self.minutes[minute][:length]
            if not self.minutes[minute]:
                del self.minutes[minute]
        for minute, authors in reckoning.authors.items():
            self.counted[minute] = self.counted.get(minute, set()) | authors
        for minute in sorted(self.counted)[:-MINUTES_REMEMBERED]:
            del self.counted[minute]
        for day, members in reckoning.active.items():
            self.active.setdefault(day, set()).update(members)
        for day in sorted(self.active)[:-2]:
            del self.active[day]
        if self.deleted:
            oldest = min(self.minutes, default=None)
            self.deleted = {message for message in self.deleted if oldest is not None and minute_of(message) >= oldest}

    def look_again(self) -> None:
        """Something may have been missed: until somebody looked for it, nothing is written down.

        That something was deleted, too. But whoever heard the newest message would have heard of what was deleted
        within the minute before it, so only the last two clock minutes are in doubt.
        """
        if self.minutes:
            self.doubtful |= {max(self.minutes) - 1, max(self.minutes)}
        self.gaps += 1
        self.targets = None
        self.reading.clear()

    def begin_reading(self, targets: dict[int, int], oldest: int) -> None:
        """These channels have messages up to these; read those that are not counted and not older than `oldest`.

        What is in doubt is let go: history tells what is left of it.
        """
        self._let_go(self.doubtful)
        self.doubtful.clear()
        for channel_id, message_id in self.lost.items():
            targets[channel_id] = max(message_id, targets.get(channel_id, 0))
        self.lost.clear()
        starts = {channel_id: max(self.mark_of(channel_id), oldest) for channel_id in targets}
        self.reading = {channel_id: start for channel_id, start in starts.items() if targets[channel_id] > start}
        self.targets = {channel_id: targets[channel_id] for channel_id in self.reading}

    def counted_until(self) -> int:
        """The newest message of all that is counted. What was said earlier in the guild was counted, too."""
        return max(self.marks.values(), default=self.since or 0)

    def mark_of(self, channel_id: int) -> int:
        """The newest message of a channel that is counted."""
        return self.marks.get(channel_id, self.since or 0)

    def read(self, channel_id: int, up_to: int, *, is_all: bool) -> None:
        """A channel was read back up to that message; `is_all` where nothing is left."""
        if self.targets is None or channel_id not in self.reading:
            return
        if is_all or up_to >= self.targets[channel_id]:
            del self.reading[channel_id]
            # The mark moves there even where that message is gone, so that nobody looks for it again.
            self.add(self.targets.pop(channel_id), channel_id, 0, 0, 0, 0)
        else:
            self.reading[channel_id] = up_to

    def give_up(self, channel_id: int) -> None:
        """A channel is gone, and with it what was to be read."""
        self.reading.pop(channel_id, None)
        (self.targets or {}).pop(channel_id, None)

    def was_active(self, member_id: int) -> bool:
        """Whether a message of the member was counted lately."""
        return any(member_id in members for members in self.active.values())

    def forget_active(self, member_id: int | None = None) -> None:
        """Whether a member, or anybody, was active lately is to be found out anew: they may have become staff."""
        if member_id is None:
            self.active.clear()
        else:
            for members in self.active.values():
                members.discard(member_id)

    def roles_of(self, member_id: int) -> int:
        """The number of the roles a member had when they wrote the newest message held; 0 where there is none."""
        for minute in sorted(self.minutes, reverse=True):
            messages = self.minutes[minute]
            found = rules.roles_in(messages, member_id)
            if found:
                return found
        return UNKNOWN_ROLES

    def lose(self) -> None:
        """Hold nothing any more, and remember in which channels that leaves something to be read back."""
        self._let_go(list(self.minutes))
        self.look_again()

    def _let_go(self, minutes: Iterable[int]) -> None:
        targets = self.targets or {}
        for messages in filter(None, (self.minutes.pop(minute, None) for minute in minutes)):
            for message_id, channel_id in zip(messages[0::WIDTH], messages[1::WIDTH], strict=True):
                self.lost[channel_id] = max(message_id, self.lost.get(channel_id, 0), targets.get(channel_id, 0))

    def forget_marks(self, before: int) -> None:
        """Forget the marks of channels in which nothing was said since that message."""
        self.marks = {channel_id: mark for channel_id, mark in self.marks.items() if mark >= before}

    def forget(self, member_id: int) -> None:
        """Hold nothing about a member."""
        for messages in self.minutes.values():
            rules.without(messages, member_id)
        for members in (*self.counted.values(), *self.active.values()):
            members.discard(member_id)


class Tally:
    """All guilds of this process."""

    def __init__(self) -> None:
        self._guilds: dict[int, GuildTally] = {}
        self._role_sets: dict[tuple[str, ...], int] = {}
        self._roles: list[tuple[str, ...]] = [()]

    def __iter__(self) -> Iterator[GuildTally]:
        return iter(list(self._guilds.values()))

    def __len__(self) -> int:
        return sum(map(len, self._guilds.values()))

    def find(self, guild_id: int) -> GuildTally | None:
        """A guild's part, if there is one."""
        return self._guilds.get(guild_id)

    def of(self, guild_id: int) -> GuildTally:
        """A guild's part."""
        guild = self._guilds.get(guild_id)
        if guild is None:
            guild = self._guilds[guild_id] = GuildTally(guild_id)
        return guild

    def drop(self, guild_id: int) -> None:
        """The guild is none of ours any more."""
        self._guilds.pop(guild_id, None)

    def number_of(self, roles: Sequence[str]) -> int:
        """The number that stands for these roles."""
        key = tuple(roles)
        number = self._role_sets.get(key)
        if number is None:
            number = self._role_sets[key] = len(self._roles)
            self._roles.append(key)
        return number

    def roles_with(self, number: int) -> tuple[str, ...]:
        """The roles that a number stands for."""
        return self._roles[number]

    def forget_role_sets(self) -> None:
        """Number roles anew where there have been many and no message refers to them."""
        if len(self._roles) > MOST_ROLE_SETS and not len(self):
            self._role_sets.clear()
            del self._roles[1:]

    def shed(self) -> GuildTally | None:
        """Where too much is held, hold nothing of the fullest guild. That guild."""
        if len(self) <= MOST_HELD:
            return None
        fullest = max(self._guilds.values(), key=len)
        fullest.lose()
        return fullest
