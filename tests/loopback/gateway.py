"""The websocket half: hello, identify, heartbeats, events, and resuming after a cut."""

from __future__ import annotations

import asyncio
import json
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.loopback.places import Channel, Guild, Member, Payload
from tests.loopback.world import LIMITED_FLAG_OF, MEMBERS, PRESENCES, World

GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 9, 1 << 12
CHUNK = 1000

AUTHENTICATION_FAILED, DISALLOWED_INTENTS = 4004, 4014


@dataclass(eq=False)
class Session:
    """One logical connection of one shard. It outlives its websocket, so that it can be resumed."""

    id: str
    intents: int
    shard: int
    shard_count: int
    wire: Wire | None
    events: list[Payload] = field(default_factory=list)

    async def tell(self, event: str, data: Any) -> None:
        """Sends a numbered event; while the wire is down it waits for a resume."""
        frame = {"op": 0, "t": event, "s": len(self.events) + 1, "d": data}
        self.events.append(frame)
        if self.wire is not None:
            await self.wire.send(frame)


class Wire:
    """One websocket with the compression its client asked for."""

    def __init__(self, own_end: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = own_end
        self._request = request
        self._pack = packer(request.query.get("compress"))

    async def send(self, frame: Payload) -> None:
        """Sends one frame; a client that is already gone misses it, as in life."""
        text = json.dumps(frame)
        try:
            if self._pack is None:
                await self.socket.send_str(text)
            else:
                await self.socket.send_bytes(self._pack(text.encode()))
        except ConnectionError:
            pass

    @contextmanager
    def corked(self) -> Iterator[None]:
        """What is sent meanwhile leaves together at the end, on systems that can hold it back (Linux)."""
        cork, own = getattr(socket, "TCP_CORK", None), self._request.get_extra_info("socket")
        if cork is None or own is None:
            yield
            return
        own.setsockopt(socket.IPPROTO_TCP, cork, 1)
        try:
            yield
        finally:
            own.setsockopt(socket.IPPROTO_TCP, cork, 0)

    def cut(self) -> None:
        """Breaks the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()


def packer(compression: str | None) -> Callable[[bytes], bytes] | None:
    """What turns a frame into the next bytes of a compressed stream; `None` for plain text."""
    if compression == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if compression == "zstd-stream":
        # discord.py asks for this only where the package is installed.
        import zstandard

        stream = zstandard.ZstdCompressor().compressobj()
        return lambda data: stream.compress(data) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    return None


class Gateway:
    """All sessions, and what a test can do to them."""

    def __init__(self, world: World, own_url: Callable[[], str]) -> None:
        self.world = world
        self.sessions: list[Session] = []
        self.identifies: list[Payload] = []
        self.resumes: list[Payload] = []
        self.refuse_resumes = False
        self.is_away = False
        self.turned_away = 0
        self.heartbeat_interval = 41.25
        self._own_url = own_url

    async def dispatch(self, event: str, data: Payload, *, guild_id: int | None = None) -> None:
        """Tells every session, or only those of the server's shard, that something happened."""
        for session in self._sessions_of(guild_id):
            await session.tell(event, data)

    async def announce(self, channel: Channel, message: Payload, event: str = "MESSAGE_CREATE") -> None:
        """Tells the sessions that listen there about a message."""
        wanted = GUILD_MESSAGES if channel.guild_id else DIRECT_MESSAGES
        shard_key = (channel.guild_id or 0) >> 22
        for session in list(self.sessions):
            if session.intents & wanted and shard_key % session.shard_count == session.shard:
                await session.tell(event, self.world.as_event(channel, message, session.intents))

    async def sever(self, close_code: int | None = None, *, guild_id: int | None = None) -> None:
        """Takes every wire down, or that of the server's shard, politely with a code or without a word.

        Sessions stay resumable, unless `refuse_resumes` is set. While `is_away` is set nobody gets in at all.
        """
        for session in self._sessions_of(guild_id):
            wire, session.wire = session.wire, None
            if wire is None:
                continue
            if close_code is None:
                wire.cut()
            else:
                await wire.socket.close(code=close_code)

    def _sessions_of(self, guild_id: int | None) -> list[Session]:
        return [one for one in self.sessions if guild_id is None or (guild_id >> 22) % one.shard_count == one.shard]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serves one websocket until it ends."""
        if self.is_away:
            self.turned_away += 1
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        wire = Wire(socket, request)
        interval = round(self.heartbeat_interval * 1000)
        await wire.send({"op": 10, "d": {"heartbeat_interval": interval}})
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._receive(wire, json.loads(frame.data))
        finally:
            for session in self.sessions:
                if session.wire is wire:
                    session.wire = None
        return socket

    async def _receive(self, wire: Wire, frame: Payload) -> None:
        match frame["op"]:
            case 1:
                await wire.send({"op": 11, "d": None})
            case 2:
                await self._identify(wire, frame["d"])
            case 6:
                await self._resume(wire, frame["d"])
            case 8:
                await self._send_members(wire, frame["d"])

    async def _identify(self, wire: Wire, data: Payload) -> None:
        self.identifies.append(data)
        if data["token"] != self.world.token:
            await wire.socket.close(code=AUTHENTICATION_FAILED)
            return
        if data["intents"] & sum(LIMITED_FLAG_OF) & ~self.world.granted_intents:
            await wire.socket.close(code=DISALLOWED_INTENTS)
            return
        shard, count = data.get("shard", (0, 1))
        session = Session(f"session-{len(self.identifies)}", data["intents"], shard, count, wire)
        # A shard that identifies anew gives its former session up.
        self.sessions = [other for other in self.sessions if other.shard != shard] + [session]
        await self._welcome(session)

    async def _welcome(self, session: Session) -> None:
        mine = [g for g in self.world.guilds.values() if g.shard(session.shard_count) == session.shard]
        ready = {
            "v": 10,
            "user": self.world.bot.payload(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in mine],
            "session_id": session.id,
            "resume_gateway_url": self._own_url(),
            "shard": [session.shard, session.shard_count],
            "application": {"id": str(self.world.bot.id), "flags": self.world.application_flags()},
        }
        await session.tell("READY", ready)
        for guild in mine:
            if not guild.unavailable:
                await session.tell("GUILD_CREATE", guild.payload(self._shown_at_once(guild, session)))

    def _shown_at_once(self, guild: Guild, session: Session) -> list[Member]:
        # Without presences, or in a large server, Discord shows a bot only itself here.
        if session.intents & PRESENCES and len(guild.members) <= 250:
            return list(guild.members.values())
        return [guild.members[self.world.bot.id]]

    async def _resume(self, wire: Wire, data: Payload) -> None:
        self.resumes.append(data)
        session = next((known for known in self.sessions if known.id == data["session_id"]), None)
        if session is None or self.refuse_resumes:
            await wire.send({"op": 9, "d": False})
            return
        seen = data["seq"]
        while seen < len(session.events):  # more may happen while the past is told
            await wire.send(session.events[seen])
            seen += 1
        session.wire = wire
        await session.tell("RESUMED", {})

    async def _send_members(self, wire: Wire, query: Payload) -> None:
        session = next(known for known in self.sessions if known.wire is wire)
        found, not_found = self._matching_members(query, session.intents)
        pages = [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)] or [[]]
        for index, page in enumerate(pages):
            chunk = {
                "guild_id": query["guild_id"],
                "members": [member.payload() for member in page],
                "chunk_index": index,
                "chunk_count": len(pages),
                "not_found": not_found,
                "nonce": query.get("nonce"),
            }
            await session.tell("GUILD_MEMBERS_CHUNK", chunk)
            await asyncio.sleep(0)

    def _matching_members(self, query: Payload, intents: int) -> tuple[list[Member], list[str]]:
        members = self.world.guilds[int(query["guild_id"])].members
        if "user_ids" in query:
            wanted = [int(user_id) for user_id in query["user_ids"]]
            missing = [str(user_id) for user_id in wanted if user_id not in members]
            return [members[user_id] for user_id in wanted if user_id in members], missing
        if not intents & MEMBERS and not query.get("limit"):
            return [], []
        prefix = query.get("query", "").lower()
        found = [member for member in members.values() if member.user.name.lower().startswith(prefix)]
        return found[: query["limit"] or None], []
