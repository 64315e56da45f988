"""A small Discord over real loopback sockets, for the real discord.py client.

It lets tests see what simulations hide: retries, rate limits, cut connections, resumes.
"""

from tests.loopback.faults import Cut, Delay, Faults, RateLimit, Refuse
from tests.loopback.places import Channel, Guild, Member, Role, User
from tests.loopback.server import Asked, LoopbackDiscord, discord_at
from tests.loopback.world import BAD_TOKEN, GOOD_TOKEN, World

__all__ = [
    "BAD_TOKEN",
    "GOOD_TOKEN",
    "Asked",
    "Channel",
    "Cut",
    "Delay",
    "Faults",
    "Guild",
    "LoopbackDiscord",
    "Member",
    "RateLimit",
    "Refuse",
    "Role",
    "User",
    "World",
    "discord_at",
]
