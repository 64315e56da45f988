"""The stage: the real bot on simulated Discord, one view of it, and the passing of time.

Everything that touches the environment happens under one lock, in `acting`: simcord refuses overlapping work.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Protocol

from discord.ext import commands
from simcord import ChannelHandle, Env, InteractionResult, Preview

from bot.errors import UserFacingError
from bot.rehearsal import simulation
from bot.rehearsal.activity import Activity
from bot.rehearsal.avatars import bot_face, face
from bot.rehearsal.blog.posts import Blog, BlogPlan
from bot.rehearsal.names import NameBook
from bot.rehearsal.passage import Passage
from bot.rehearsal.tour import Cast, Facts, Tour
from bot.rehearsal.witness import Event, Left, Witness
from bot.rehearsal.world import Person, World, WorldPlan, build
from bot.ui.errors import is_refusal

log = logging.getLogger(__name__)

#: A pause of the computer is not lived through second by second.
LONGEST_TICK = 5.0
#: Seconds of real time one action may take on a busy machine.
PATIENCE = 20.0
#: Seconds of simulated time before the curtain: until cards stand, and their threads.
SCENERY = 10.0


class Player(Protocol):
    """Who is rehearsing: how to make the bot, and how to set its community up once it runs."""

    def build(self) -> commands.AutoShardedBot:
        """A bot that has not started, on the same database file each time."""
        ...

    async def prepare(self, bot: commands.AutoShardedBot, world: World, blog_address: str) -> None:
        """Tell the bot which channel is for what, and which blog to follow."""
        ...

    async def look_at_blog(self, bot: commands.AutoShardedBot) -> None:
        """Make the bot's next look at the blog due at once, which would come by itself some minutes later."""
        ...


class Stage:
    """One rehearsal from `open` to `close`."""

    def __init__(self, player: Player, plan: WorldPlan, blog: BlogPlan) -> None:
        self.plan = plan
        self.blog = Blog(blog, plan.host.name, datetime.now(UTC))
        self.is_open = False
        self.version = 0
        self.frame_serial = 0
        self._player = player
        self._lock = asyncio.Lock()
        self._stale = False
        self._preview: Preview | None = None
        self._ticked = time.perf_counter()

    # ------------------------------------------------------------- from curtain to curtain

    async def open(self, blog_address: str) -> None:
        """Build the world, start the bot in it, and look at the greeting channel as the host.

        The blog has to be served at `blog_address` by now: the bot reads it when it begins to follow.
        """
        simulation.hurry()
        simulation.complete()
        simulation.mentions_in_cards()
        bot = self._player.build()
        self.env = Env(bot, shard_count=1, settle_timeout=PATIENCE)
        simulation.prepare(self.env)
        simulation.ask_newcomers_to_accept_rules(self.env)
        self.world = build(self.env, self.plan, datetime.now(UTC))
        self.passage = Passage(self.env, self.acting, self._changed)
        self.names = NameBook(self.env, self.world)
        self.activity = Activity(self.names, self.env.now)
        self.tour = Tour(Facts(self._cast()))
        self._witness = Witness(self._happened)
        self.viewer = self.world.host
        self.place = self.home
        await self.env.start()
        with self.env.time_context():
            await self._player.prepare(bot, self.world, blog_address)
            # What the bot makes of that belongs to the scenery.
            await self.env.advance_time(SCENERY)
        simulation.listen(self.env, self._witness.see)
        async with self.acting():
            await self.show()
            self.activity.scene(f"The curtain is up. You look through {self.viewer.name}’s eyes.")
        self.is_open = True

    async def close(self) -> None:
        """Stop the bot, then the environment; the bot's database is closed in between."""
        self.is_open = False
        async with self._lock:
            await self._close_preview()
            with suppress(Exception):
                await self.env.bot.close()
            await self.env.shutdown()

    def _cast(self) -> Cast:
        world, at = self.world, self.world.purposes
        hosts = frozenset(person.id for person in world.people.values() if person.part != "member")
        return Cast(
            self.names.bot_id, at["greeting"], at["introductions"], hosts, at["hosts"], at["blog"], at["announcements"],
            author=world.host.id,
        )  # fmt: skip

    @property
    def home(self) -> ChannelHandle:
        """Where newcomers are met."""
        return self.at(self.world.purposes["greeting"])

    def at(self, channel_id: int) -> ChannelHandle:
        """The channel or thread with this id. Raises UserFacingError where there is none."""
        for channel in simulation.channels(self.env, self.world.guild):
            if channel.id == channel_id:
                return channel
        raise UserFacingError("That channel is gone. Choose another from the list.")

    # ------------------------------------------------------------- one thing at a time

    @asynccontextmanager
    async def acting(self) -> AsyncGenerator[None]:
        """Do something to the environment. Afterwards the view shows what it led to."""
        async with self._lock:
            try:
                with self.env.time_context():
                    yield
            finally:
                self._take_stock()
            if self._stale:
                await self.refresh()

    @asynccontextmanager
    async def watching(self) -> AsyncGenerator[None]:
        """Let the view itself act: it draws its own outcome, so it is not drawn anew."""
        async with self._lock:
            try:
                yield
            finally:
                self._take_stock()
                self._stale = False

    def _changed(self) -> None:
        self.version += 1

    def _happened(self, event: Event) -> None:
        self._stale = True
        self.version += 1
        self.activity.tell(event)
        self.tour.note(event)
        if isinstance(event, Left) and (gone := self.world.people.pop(event.member_id, None)):
            # The bot saw to it: who leaves by a scene is gone from the people before.
            self.activity.scene(f"{gone.name} is not here any more")
            self.viewer = self.world.host if self.viewer is gone else self.viewer

    def _take_stock(self) -> None:
        self._witness.finish()
        self.tour.look()
        simulation.forget_old_interactions(self.env)
        for error in simulation.take_errors(self.env):
            if not is_refusal(error):
                cause = getattr(error, "original", error)
                log.error("the bot raised an error in the rehearsal", exc_info=cause)
                self.activity.trouble(
                    f"Something went wrong in the bot ({type(cause).__name__}). The terminal has the details."
                )
                self.version += 1

    # ------------------------------------------------------------- the view

    @property
    def frame(self) -> tuple[str, str] | None:
        """Where the view is served and the key that opens it, or None while it is being changed."""
        if self._preview is None:
            return None
        address, _, key = self._preview.url.partition("#")
        return address.rstrip("/"), key

    async def show(self, form: InteractionResult | None = None) -> None:
        """Look at `place` as `viewer`: the old view is closed and a new one opened, with the form that was answered."""
        await self._close_preview()
        faces = self._faces()
        preview = self.env.preview(
            self.place,
            viewers=(self.viewer.actor,),
            layout="channel",
            locale="en-GB",
            timezone=self.plan.time_zone,
            assets=simulation.faces(faces),
        )
        simulation.trust_pictures(preview, faces.values())
        self._preview = await preview.__aenter__()
        if form is not None:
            await preview.show(form)
        self._stale = False
        self.frame_serial += 1
        self.version += 1

    async def refresh(self) -> None:
        """Let the open view show what has changed."""
        self._stale = False
        self.version += 1
        if self._preview is not None:
            await self._preview.refresh()

    def _faces(self) -> dict[int, bytes]:
        people = {id_: face(person.name[0], id_) for id_, person in self.world.people.items()}
        return {self.names.bot_id: bot_face(), **people}

    async def _close_preview(self) -> None:
        if self._preview is not None:
            preview, self._preview = self._preview, None
            await preview.close()

    def look_through(self, viewer: Person, channel: ChannelHandle) -> bool:
        """Choose eyes and place for the next `show`; where these eyes cannot go, home. True if that was needed."""
        self.viewer = viewer
        readable = simulation.can_read(self.env, channel, viewer.id)
        self.place = channel if readable else self.home
        return not readable

    # ------------------------------------------------------------- time

    async def run_clock(self) -> None:
        """Let a second pass in the simulation for each second here, until cancelled."""
        self._ticked = time.perf_counter()
        while True:
            await asyncio.sleep(1)
            try:
                await self.tick()
            except Exception:
                log.exception("the rehearsal's clock stumbled")
                self.activity.trouble("The bot did not come to rest in time. The terminal has the details.")
                self.version += 1

    async def tick(self) -> None:
        """Move the simulated clock by the real time that passed."""
        before, self._ticked = self._ticked, time.perf_counter()
        if self.passage.jump is None:
            async with self.acting():
                await self.env.advance_time(min(self._ticked - before, LONGEST_TICK))

    # ------------------------------------------------------------- the bot

    async def send_to_blog(self) -> None:
        """Let the bot look at the blog as soon as time moves. Call it while `acting`."""
        bot: Any = self.env.bot
        await self._player.look_at_blog(bot)

    async def new_bot(self) -> None:
        """Stop the bot and start another on the same database file."""
        old: Any = self.env.bot
        await old.close()
        await self.env.restart_bot(self._player.build())
        await simulation.announce_guilds(self.env)
