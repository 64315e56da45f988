"""The wire between the bot and the simulated Discord: what it remembers, and how it fails."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import simcord
from simcord.backend import serializers
from simcord.backend.errors import BackendError
from simcord.http import router

#: How long the simulated Discord remembers a nonce; the real one "a few minutes".
NONCE_MEMORY = timedelta(minutes=5)


#: Guilds that ask newcomers to accept their rules, and the sizes of those said to be larger than they are.
screened: set[int] = set()
sizes: dict[int, int] = {}
SCREENING = "MEMBER_VERIFICATION_GATE_ENABLED"
_guild_payload = serializers.guild_create_payload


def _with_features(backend: Any, guild: Any) -> dict[str, Any]:
    """A guild with the one feature the bot asks about; the simulator knows none."""
    payload = dict(_guild_payload(backend, guild)) | {"features": [SCREENING] if guild.id in screened else []}
    return payload | ({"member_count": sizes[guild.id]} if guild.id in sizes else {})


serializers.guild_create_payload = _with_features


class CutError(ConnectionError):
    """The connection ended before an answer came."""


#: Requests that put something new in a channel: a message, or a post in a forum.
_SENDING = re.compile(r"/channels/\d+/(messages|threads)")
#: Requests that change what stands in a channel, or the channel itself.
_CHANGING = re.compile(r"/channels/(\d+)(/messages/\d+)?")


def _as_in_discord(backend: Any) -> None:
    """A forum post has the id of its first message; the simulator numbers them apart."""
    open_thread, open_post = backend.create_thread, backend.create_forum_post

    def create_forum_post(forum_id: int, name: str, starter: Any, **more: Any) -> Any:
        backend.create_thread = lambda *args, **kwargs: open_thread(*args, **kwargs, message_id=starter.id)
        try:
            return open_post(forum_id, name, starter, **more)
        finally:
            backend.create_thread = open_thread

    backend.create_forum_post = create_forum_post


class Discord:
    """The simulated Discord's REST API with what the simulator leaves out: nonces, and faults after the fact."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._remembered: dict[str, tuple[datetime, Any]] = {}
        self._faults: list[Callable[[str, str, Callable[[], Any]], Any]] = []
        self.remembers_nonces = True
        self.refused_direct = 0

    def answer(self, send: Callable[..., Any], backend: Any, method: str, path: str, **kwargs: Any) -> Any:
        """Apply a request, unless a fault or a nonce has the word."""

        def apply() -> Any:
            self._refuse_in_archived(method, path, kwargs)
            is_message = method == "POST" and path.startswith("/channels/") and path.endswith("/messages")
            return (
                self._create(send, backend, method, path, kwargs)
                if is_message
                else send(backend, method, path, **kwargs)
            )

        for fault in list(self._faults):
            answer = fault(method, path, apply)
            if answer is not NotImplemented:
                return answer
        return apply()

    def _create(self, send: Callable[..., Any], backend: Any, method: str, path: str, kwargs: dict[str, Any]) -> Any:
        self._open_again(backend.get_channel(int(path.split("/")[2])))
        nonce = str((kwargs.get("json") or {}).get("nonce") or "")
        assert len(nonce) <= 25, "Discord refuses longer nonces"
        now = backend.clock.now()
        if nonce and self.remembers_nonces and nonce in self._remembered:
            since, message = self._remembered[nonce]
            if now - since < NONCE_MEMORY:
                return message
        message = send(backend, method, path, **kwargs)
        if nonce:
            self._remembered[nonce] = (now, message)
        return message

    def _open_again(self, channel: Any) -> None:
        """A message opens an archived thread again, but none goes into one that is locked."""
        if channel.thread_metadata and channel.thread_metadata.locked:
            raise BackendError(400, 160005, "Thread is locked")
        if channel.thread_metadata and channel.thread_metadata.archived:
            channel.thread_metadata.archived = False
            self._backend.emit("THREAD_UPDATE", dict(serializers.channel_payload(self._backend, channel)))

    def _refuse_in_archived(self, method: str, path: str, kwargs: dict[str, Any]) -> None:
        """In an archived thread nothing is changed or deleted; it can only be opened, or go as a whole."""
        found = _CHANGING.fullmatch(path)
        if found is None or not (method == "PATCH" or (method == "DELETE" and found[2])):
            return
        channel = self._backend.channels.get(int(found[1]))
        is_archived = channel is not None and channel.thread_metadata and channel.thread_metadata.archived
        opens = not found[2] and (kwargs.get("json") or {}).get("archived") is False
        if is_archived and not opens:
            raise BackendError(400, 50083, "Thread is archived")

    def on_next_send(self, happen: Callable[[Callable[[], Any]], Any], *, times: int = 1) -> None:
        """Let `happen(apply)` answer the next messages or forum posts; it may apply them, raise, or both."""
        left = [times]

        def fault(method: str, path: str, apply: Callable[[], Any]) -> Any:
            if not (method == "POST" and _SENDING.fullmatch(path)):
                return NotImplemented
            left[0] -= 1
            if left[0] <= 0:
                self._faults.remove(fault)
            return happen(apply)

        self._faults.append(fault)

    def refuse_direct(self, *, code: int, times: int = 1_000_000) -> None:
        """Discord refuses the next direct messages."""

        def fault(method: str, path: str, _apply: Callable[[], Any]) -> Any:
            is_message = method == "POST" and path.startswith("/channels/") and path.endswith("/messages")
            if not is_message or self._backend.get_channel(int(path.split("/")[2])).guild_id is not None:
                return NotImplemented
            if self.refused_direct == times:
                return NotImplemented
            self.refused_direct += 1
            raise BackendError(403, code, "Refused")

        self._faults.append(fault)

    def cut_after_accepting(self, *, times: int = 1) -> None:
        """The next message stands in its channel, but the answer never arrives."""

        def happen(apply: Callable[[], Any]) -> Any:
            apply()
            raise CutError("connection reset")

        self.on_next_send(happen, times=times)

    def cut_before_accepting(self, *, times: int = 1) -> None:
        """The next message never arrives."""

        def happen(_apply: Callable[[], Any]) -> Any:
            raise CutError("connection reset")

        self.on_next_send(happen, times=times)


@contextmanager
def on_air(environment: simcord.Env) -> Iterator[Discord]:
    """Stand between the bot and the simulated Discord."""
    api = Discord(environment.backend)
    _as_in_discord(environment.backend)
    original = router.dispatch

    def dispatch(backend: Any, method: str, path: str, **kwargs: Any) -> Any:
        if backend is not environment.backend:
            return original(backend, method, path, **kwargs)
        return api.answer(original, backend, method, path, **kwargs)

    router.dispatch = dispatch
    try:
        yield api
    finally:
        router.dispatch = original
        # The next simulation counts its guilds from the same number.
        screened.clear()
        sizes.clear()
