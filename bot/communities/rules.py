"""What a community is, and what its time zone may be."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


class ChannelPurpose(StrEnum):
    """What a channel is for."""

    GREETING = "greeting"
    INTRODUCTIONS = "introductions"
    BLOG = "blog"
    QUESTIONS = "questions"
    ANNOUNCEMENTS = "announcements"
    HOSTS = "hosts"


@dataclass(frozen=True, slots=True)
class Community:
    """A guild's settings. `time_zone` is an IANA name, None until someone chose one."""

    guild_id: int
    name: str = ""
    time_zone: str | None = None
    host_role_id: int | None = None
    channels: Mapping[ChannelPurpose, int] = field(default_factory=dict[ChannelPurpose, int])

    @property
    def zone(self) -> ZoneInfo:
        """The zone people's local times are read in; UTC until one is chosen."""
        return ZoneInfo(self.time_zone or "UTC")


@cache
def time_zone_names() -> tuple[str, ...]:
    """Every IANA name a person might mean, without the machine-made ones."""
    machine_made = ("Etc/", "posix", "right", "SystemV", "localtime")
    return tuple(sorted(name for name in available_timezones() if not name.startswith(machine_made)))


def find_time_zone(text: str) -> str | None:
    """The IANA name a person meant: case and spaces do not matter, `new york` is `America/New_York`."""
    wanted = _folded(text)
    by_name = {_folded(name): name for name in time_zone_names()}
    by_city = {key.rsplit("/", 1)[-1]: name for key, name in by_name.items() if "/" in key}
    return by_name.get(wanted) or by_city.get(wanted)


def similar_time_zones(text: str, most: int = 3) -> list[str]:
    """Names close to what was typed, best first."""
    wanted = _folded(text)
    by_key = {_folded(name).rsplit("/", 1)[-1]: name for name in time_zone_names()}
    return [by_key[key] for key in difflib.get_close_matches(wanted, by_key, n=most, cutoff=0.6)]


def matching_time_zones(text: str, most: int = 25) -> list[str]:
    """Names that contain what was typed so far; those whose city starts with it come first."""
    wanted = _folded(text)
    matches = [name for name in time_zone_names() if wanted in _folded(name)]
    return sorted(matches, key=lambda name: (not _folded(name).rsplit("/", 1)[-1].startswith(wanted), name))[:most]


def local_time(zone_name: str, now: datetime) -> str:
    """The wall clock there, as in `14:05 on Tuesday`."""
    return f"{now.astimezone(ZoneInfo(zone_name)):%H:%M on %A}"


def _folded(text: str) -> str:
    return text.strip().casefold().replace(" ", "_")
