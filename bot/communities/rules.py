"""What a community is, and what its time zone may be."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

#: How long what is known of a member who left is kept, unless a host chooses otherwise.
KEEP = timedelta(days=90)
#: What is kept of a guild that removed the bot is deleted after this.
KEEP_GUILD = timedelta(days=30)


class ChannelPurpose(StrEnum):
    """What a channel is for."""

    GREETING = "greeting"
    INTRODUCTIONS = "introductions"
    BLOG = "blog"
    MEMBER_BLOGS = "member_blogs"
    QUESTIONS = "questions"
    ANNOUNCEMENTS = "announcements"
    HOSTS = "hosts"


@dataclass(frozen=True, slots=True)
class Community:
    """A guild's settings.

    `time_zone` is an IANA name, None until someone chose one. `arrived_at` is when the bot came, `seen_at` when it was
    last there to see what happens. What is kept of a member is forgotten `keep` after they leave.
    """

    guild_id: int
    name: str = ""
    time_zone: str | None = None
    host_role_id: int | None = None
    channels: Mapping[ChannelPurpose, int] = field(default_factory=dict[ChannelPurpose, int])
    arrived_at: datetime | None = None
    seen_at: datetime | None = None
    keep: timedelta = KEEP

    @property
    def zone(self) -> ZoneInfo:
        """The zone people's local times are read in; UTC until one is chosen."""
        return ZoneInfo(self.time_zone or "UTC")


@cache
def time_zone_names() -> tuple[str, ...]:
    """Every IANA name a person might mean, without the machine-made ones."""
    machine_made = ("Etc/", "posix", "right", "SystemV", "localtime", "Factory")
    return tuple(sorted(name for name in available_timezones() if not name.startswith(machine_made)))


@cache
def _places() -> frozenset[str]:
    """The names in use today, one for each place; the others are older names for the same zones."""
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines()
    return frozenset(line.split("\t")[2] for line in lines if not line.startswith("#"))


def find_time_zone(text: str) -> str | None:
    """The IANA name a person meant: case and spaces do not matter, `new york` is `America/New_York`."""
    wanted = _folded(text)
    by_name = {_folded(name): name for name in time_zone_names()}
    by_city = {_city(name): name for name in sorted(time_zone_names(), key=_places().__contains__)}
    return by_name.get(wanted) or by_city.get(wanted)


def similar_time_zones(text: str, most: int = 3) -> list[str]:
    """Names whose city is close to the one that was typed, best first."""
    by_city = {_city(name): name for name in sorted(time_zone_names(), key=_places().__contains__)}
    return [by_city[city] for city in difflib.get_close_matches(_city(text), by_city, n=most, cutoff=0.6)]


def matching_time_zones(text: str, most: int = 25) -> list[str]:
    """Names that contain what was typed so far: first cities that begin with it, names in use today, short ones."""
    wanted = _folded(text)

    def rank(name: str) -> tuple[bool, bool, int, str]:
        return not _city(name).startswith(wanted), name not in _places(), len(_city(name)), name

    return sorted((name for name in time_zone_names() if wanted in _folded(name)), key=rank)[:most]


def local_time(zone_name: str, now: datetime) -> str:
    """The wall clock there, as in `14:05 on Tuesday`."""
    return f"{now.astimezone(ZoneInfo(zone_name)):%H:%M on %A}"


def _folded(text: str) -> str:
    return "_".join(text.casefold().split())


def _city(name: str) -> str:
    return _folded(name).rsplit("/", 1)[-1]
