"""The one place that reaches behind simcord's public face, so that an upgrade breaks one file.

simcord is pinned; each function says what it needs and why the public interface does not do.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast

import discord
import simcord
from simcord import ChannelHandle, Env, GuildHandle, MemberActor, Preview

from bot import rounds

BOT_NAME = "Tribekeeper"
#: The name of everybody's picture; which one it is, `faces` says.
FACE = "0" * 32

#: One line of simcord's record: ("GATEWAY" | "HTTP" | "DROPPED" | "CENSORED", what, payload).
Record = tuple[str, str, Any]


class _Tap(deque[Record]):
    """Stands where simcord keeps its ever-growing record: hands each line on and keeps none."""

    def __init__(self, listener: Callable[[str, str, Mapping[str, Any]], None]) -> None:
        super().__init__(maxlen=0)
        self._listener = listener

    def append(self, item: Record, /) -> None:
        kind, what, payload = item
        self._listener(kind, what, cast(Mapping[str, Any], payload) if isinstance(payload, Mapping) else {})


def prepare(env: Env) -> None:
    """Name the bot's account and keep simcord from recording everything for ever."""
    env.backend.bot_user.name = BOT_NAME
    env.backend.bot_user.avatar = FACE
    env.backend.http_requests = deque(maxlen=0)  # type: ignore[assignment]


def ask_newcomers_to_accept_rules(env: Env) -> None:
    """Let the guilds here say that they screen newcomers, which simcord leaves out; else nobody had rules to accept."""
    from simcord.backend import serializers

    backend = env.backend
    plain: Callable[[Any, Any], Mapping[str, Any]] = serializers.guild_create_payload

    def screened(asking: Any, guild: Any) -> dict[str, Any]:
        features = {"features": ["MEMBER_VERIFICATION_GATE_ENABLED"]} if asking is backend else {}
        return {**plain(asking, guild), **features}

    serializers.guild_create_payload = screened  # type: ignore[assignment]


def listen(env: Env, listener: Callable[[str, str, Mapping[str, Any]], None]) -> None:
    """Call `listener(kind, what, payload)` for all that passes between the bot and Discord, in order."""
    env.backend.transcript = _Tap(listener)  # type: ignore[assignment]


def hurry(seconds: float = 0.004) -> None:
    """Let simcord look for the end of an action every `seconds` instead of every 50 ms, and time pass in long steps."""
    # No clock jumps here and nobody else writes: what waits to be woken may sleep for an hour.
    rounds.LONGEST_SLEEP = 3600.0
    look_at_views_directly()
    find_timers_directly()
    settle = getattr(simcord.Env, "_settle_internal", None)
    defaults: dict[str, Any] | None = getattr(settle, "__kwdefaults__", None)
    if defaults is not None and "idle" in defaults:
        defaults["idle"] = seconds


@cache
def complete() -> None:
    """Let simcord tell how many members wear each role, and that the role of a bot is one, which it leaves out."""
    from simcord.backend import serializers
    from simcord.http import router

    plain: Callable[[Any], Mapping[str, Any]] = serializers.role_payload

    def tagged(role: Any) -> dict[str, Any]:
        # Which bot's it is, nobody asks.
        return {**plain(role), **({"tags": {"bot_id": str(role.id)}} if role.managed else {})}

    def count_roles(request: router.RequestContext) -> dict[str, int]:
        guild = request.backend.get_guild(request.int_arg("guild_id"))
        request.require_guild_permissions(guild.id, "manage_roles")
        worn = Counter(role_id for member in guild.members.values() for role_id in member.role_ids)
        return {str(role_id): worn[role_id] for role_id in guild.roles if role_id != guild.id}

    serializers.role_payload = tagged  # type: ignore[assignment]
    router.route("GET", "/guilds/{guild_id}/roles/member-counts")(count_roles)


def look_at_views_directly() -> None:
    """Let simcord tell by a task's code whether it is a view's expiry, and ask only for what views are waited for.

    It looks at every view for every task, thousands of times a second: with a crowd that is most of its time.
    """
    from simcord import _dpy_internals  # pyright: ignore[reportPrivateUsage]

    expiry: Any = getattr(discord.ui.view.BaseView, "_BaseView__timeout_task_impl", None)
    known = all(hasattr(_dpy_internals, name) for name in ("_view_timeout_task_identity", "_stored_wait_futures"))
    if expiry is None or not known:
        return

    def expires_view(_client: discord.Client, task: asyncio.Task[Any]) -> bool:
        coroutine: Any = task.get_coro()
        if getattr(coroutine, "cr_code", None) is not expiry.__code__:
            return False
        return coroutine.cr_frame is not None and not coroutine.cr_frame.f_locals["self"].is_finished()

    def awaited_views(client: Any) -> set[Any]:
        store = client._connection._view_store
        items = [item for entries in list(store._views.values()) for item in entries.values()]
        views = [*(item.view for item in items), *store._modals.values()]
        return {view._BaseView__stopped for view in views if view is not None}

    setattr(_dpy_internals, "_view_timeout_task_identity", expires_view)  # noqa: B010 - private to simcord
    setattr(_dpy_internals, "_stored_wait_futures", awaited_views)  # noqa: B010 - private to simcord


def find_timers_directly() -> None:
    """Let simcord tell by a timer's future which task it wakes, and ask more only about timers that have none.

    It asks everything about every timer for every task at every step: while a day passes, that is half of the time.
    """
    from simcord import _dpy_internals, _settlement  # pyright: ignore[reportPrivateUsage]

    original: Any = getattr(_dpy_internals, "_original_callback", None)
    if original is None or not hasattr(_settlement, "_timer_records_waking"):
        return

    def timers_waking(state: Any, task: asyncio.Task[Any], waiter: Any) -> list[Any]:
        found: list[Any] = []
        for record in state.work.callbacks:
            handle = record.handle
            if handle is None or record.when is None or record.when <= state.virtual_time or handle._args is None:
                continue  # A cancelled handle has let go of its arguments.
            args = handle._args
            if args and isinstance(args[0], asyncio.Future):
                wakes = args[0] is waiter
            else:
                callback = original(handle._callback)
                wakes = _dpy_internals.is_wakeup_callback(callback, args, waiter, task)
            if wakes:
                found.append(record)
        return found

    setattr(_settlement, "_timer_records_waking", timers_waking)  # noqa: B010 - private to simcord


def move_clock(env: Env, at: datetime) -> None:
    """Set the clock before the bot is there to notice; no timer fires."""
    env.backend.advance_clock((at - env.now()).total_seconds())


def say(env: Env, channel: ChannelHandle, author_id: int, text: str) -> None:
    """Put a message into the past: nobody has to be able to send it now."""
    env.backend.create_message(channel.id, author_id, text)


def join(env: Env, guild: GuildHandle, name: str, serial: int, *, with_rules: bool) -> MemberActor:
    """Someone new arrives. `with_rules`: they still have to accept the rules, which simcord has no helper for."""
    user = env.create_user(f"newcomer{serial}", global_name=name, avatar=FACE)
    if not with_rules:
        return guild.add_member(user)
    backend = env.backend
    backend.add_member(guild.id, user.id, announce=False).pending = True
    payload = _member_payload(env, guild, user.id)
    backend.emit("GUILD_MEMBER_ADD", payload)
    return MemberActor(env, guild, user)


def accept_rules(env: Env, guild: GuildHandle, member_id: int) -> None:
    """The member accepts the rules: Discord turns `pending` off and announces the change."""
    env.backend.get_member(guild.id, member_id).pending = False
    env.backend.announce_member_update(guild.id, member_id)


def _member_payload(env: Env, guild: GuildHandle, member_id: int) -> dict[str, Any]:
    from simcord.backend import serializers

    stored = env.backend.get_guild(guild.id)
    payload = dict(serializers.member_payload(env.backend, stored, stored.members[member_id]))
    payload["guild_id"] = str(guild.id)
    return payload


def channels(env: Env, guild: GuildHandle) -> list[ChannelHandle]:
    """Every text channel, each followed by its threads, oldest first."""
    found: list[ChannelHandle] = []
    for channel in guild.channels.values():
        found.append(channel)
        found.extend(sorted(channel.threads, key=lambda thread: thread.id))
    return found


def can_read(env: Env, channel: ChannelHandle, member_id: int) -> bool:
    """Whether this member sees the channel and its history."""
    from simcord.backend.access import channel_accessible

    return channel_accessible(env.backend, channel.id, member_id, history=True)


def is_private(env: Env, guild: GuildHandle, channel: ChannelHandle) -> bool:
    """Whether @everyone is kept out of the channel."""
    stored = env.backend.get_channel(env.backend.get_channel(channel.id).permission_channel_id())
    return any(o.target_id == guild.id and o.deny & (1 << 10) for o in stored.overwrites)


def asker(env: Env, token: str) -> int | None:
    """Who an interaction's token belongs to."""
    interaction_id = env.backend.interaction_tokens.get(token)
    record = env.backend.interactions.get(interaction_id) if interaction_id is not None else None
    return record.user_id if record is not None else None


def forget_old_interactions(env: Env, keep: int = 500) -> None:
    """Drop what simcord remembers of long-answered interactions; their tokens have run out."""
    backend = env.backend
    for interaction_id in list(backend.interactions)[:-keep]:
        record = backend.interactions.pop(interaction_id)
        backend.interaction_tokens.pop(record.token, None)


def message_commands(env: Env, channel: ChannelHandle, member_id: int) -> list[str]:
    """The commands that Discord offers a member in the menu of a message in this channel, by name."""
    kind = discord.AppCommandType.message.value
    commands = env.backend.visible_commands(user_id=member_id, channel_id=channel.id, type=kind)
    return [str(command["name"]) for command in commands]


def parent_of(env: Env, channel_id: int) -> int | None:
    """The channel a thread belongs to."""
    stored = env.backend.channels.get(channel_id)
    return stored.parent_id if stored is not None and stored.is_thread else None


def display_name(env: Env, user_id: int) -> str:
    """What a user is called, whether or not they are still here."""
    user = env.backend.users.get(user_id)
    return (user.global_name or user.name) if user is not None else "someone"


def newest_id(env: Env) -> int:
    """An id newer than everything that exists."""
    return env.backend.snowflake()


async def announce_guilds(env: Env) -> None:
    """Tell a restarted bot that its guilds are there: simcord leaves out the event that Discord sends then."""
    scope = getattr(env, "_bot_scope", None)
    if scope is not None:
        with scope():
            for guild in env.bot.guilds:
                env.bot.dispatch("guild_available", guild)
    await env.settle()


def take_errors(env: Env) -> list[BaseException]:
    """The errors the bot raised since the last time, forgotten here so that they do not pile up."""
    errors = env.errors
    if errors:
        for name in ("_errors", "_error_ids"):
            kept = getattr(env, name, None)
            if kept is not None:
                kept.clear()
    return errors


def faces(people: dict[int, bytes]) -> dict[str, tuple[str, bytes]]:
    """Each account's picture under the addresses the view and discord.py look for it."""
    from simcord.backend.cdn import CDN_BASE

    return {
        address: ("face.png", picture)
        for user_id, picture in people.items()
        for address in (
            f"{CDN_BASE}/avatars/{user_id}/{FACE}.png",
            f"https://cdn.discordapp.com/avatars/{user_id}/{FACE}.png?size=1024",
        )
    }


def mentions_in_cards() -> None:
    """Draw mentions in an embed's description and fields, as Discord does; simcord's view leaves them as they are."""
    from simcord.preview import _markdown

    policies: dict[str, dict[str, bool | str]] = getattr(_markdown, "_FIELD_POLICIES", {})
    for field in ("embed_description", "embed_field_value"):
        if field in policies:
            policies[field]["mentions"] = True


def trust_pictures(preview: Preview, pictures: Collection[bytes]) -> None:
    """Let the view show pictures we drew ourselves at once.

    simcord checks each picture in a process of its own, which takes a tenth of a second, and refuses the ninth of
    a crowd that arrives together.
    """
    from simcord.preview import _media  # pyright: ignore[reportPrivateUsage]

    process: Callable[[bytes, float | None], Any] | None = getattr(_media, "_process_media", None)
    if process is None:
        return
    ours = frozenset(pictures)

    class Worker(_media.MediaWorker):
        async def _decode(self, key: str, blob: bytes, media_time: float | None) -> Any:
            if blob in ours:
                return process(blob, media_time)
            return await super()._decode(key, blob, media_time)

    setattr(preview, "_media_worker", Worker())  # noqa: B010 - a plain assignment to a private name is refused
