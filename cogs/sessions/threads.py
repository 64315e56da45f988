"""The thread of each session, and what is said in it by itself."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace

import aiohttp
import discord
from discord.ext import commands

from bot.client import Tribekeeper
from bot.outbox.rules import Post
from bot.rounds import AGAIN_AFTER, PASSING, Rounds
from bot.sessions.announcing import ANNOUNCEMENT, CHANGED, NEWS, NOTICE, REMINDER, SEAT
from bot.sessions.rules import Coming, Session, SessionState
from bot.sessions.schedule_rules import PINGED_AT_ONCE, may_take_part, part_of_reminder, reminder_key
from bot.ui.messages import OutgoingMessage
from bot.ui.people import find_members
from bot.ui.text import shortened
from cogs.sessions.cards import Around, announcement, pinging
from cogs.sessions.exports import calendar
from cogs.sessions.notices import notice
from cogs.sessions.words import changed_text, part_of, reminder_text, seat_text

log = logging.getLogger(__name__)

#: How long a stop waits for what is under way, in seconds.
FLUSH_WITHIN = 2.0
#: "A thread has already been created for this message": an earlier attempt came through after all.
ALREADY_OPEN = 160004
#: Minutes without a word after which Discord puts a thread aside; a week is the longest.
ASIDE_AFTER = 10080
#: Discord finds at most so many members at once.
_AT_ONCE = 100
_LONGEST_NAME = 100


class Threads(commands.Cog):
    """Opens threads on the cards of sessions, and draws what stands in them."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._events = bot.services.session_events
        self._sessions = bot.services.sessions
        self._rounds = Rounds(bot, self.open_missing)
        self._opening = asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()
        #: Guilds whose threads were not looked for since the last start or outage.
        self._unseen: set[int] = set()

    async def cog_load(self) -> None:
        """Register what this cog draws, and look for what is missing."""
        renderers = self.bot.renderers
        renderers[ANNOUNCEMENT] = self.draw_announcement
        renderers[NEWS] = self.draw_announcement
        renderers[REMINDER] = self.draw_reminder
        renderers[CHANGED] = self.draw_change
        renderers[SEAT] = self.draw_seat
        renderers[NOTICE] = self.draw_notice
        self.bot.sent_listeners[ANNOUNCEMENT] = self.card_stands
        self._rounds.start()

    async def cog_unload(self) -> None:
        """Let what is under way end."""
        self._rounds.stop()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FLUSH_WITHIN)

    # ------------------------------------------------------------- threads

    def card_stands(self, post: Post, _message_id: int) -> None:
        """A card was sent or drawn anew: its thread is opened, or gets the session's new name."""
        task = asyncio.create_task(self._look_after_card(post.guild_id, post.subject_id))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _look_after_card(self, guild_id: int, session_id: int) -> None:
        if not await self._look_after(guild_id, session_id):
            self._rounds.wake()

    async def open_missing(self) -> float | None:
        """Open the threads that are missing; after a start, find out whether those there were still are.

        In how many seconds it is worth trying again.
        """
        sessions = await self._events.list_unsettled()
        unseen, self._unseen = self._unseen, set()
        is_done = True
        for session in sessions:
            if session.thread_id is None and not session.is_over:
                is_done &= await self._look_after(session.guild_id, session.id)
            elif session.guild_id in unseen:
                await self._find_thread(session)
        return None if is_done and not self._unseen else AGAIN_AFTER

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """After a start or a long outage it is not known which threads are left."""
        self._unseen.update(guild.id for guild in self.bot.guilds)
        self._rounds.wake()

    async def _look_after(self, guild_id: int, session_id: int) -> bool:
        """Open a session's thread, or give it the session's new name. Whether that could be done."""
        guild = self.bot.get_guild(guild_id)
        if guild is None:
            return True
        async with self._opening:
            try:
                card = await self._events.standing_announcement(guild_id, session_id)
                session = await self._events.find(guild_id, session_id)
                if session is None:
                    return True
                if card is not None:
                    await self._open(guild, session, card)
                else:
                    await self._rename(guild, session)
                return True
            except PASSING:
                log.warning("thread not opened yet guild=%s session=%s", guild_id, session_id)
            except Exception:
                log.exception("thread not opened guild=%s session=%s", guild_id, session_id)
        return False

    async def _open(self, guild: discord.Guild, session: Session, card: Post) -> None:
        assert card.message_id is not None, "the card stands"
        now = self.bot.services.clock.now()
        if not isinstance(guild.get_channel(card.channel_id), discord.ForumChannel):  # A forum's post is one already.
            channel = self.bot.get_partial_messageable(card.channel_id, guild_id=guild.id)
            try:
                await channel.get_partial_message(card.message_id).create_thread(
                    name=shortened(session.title, _LONGEST_NAME), auto_archive_duration=ASIDE_AFTER
                )
            except discord.Forbidden:
                await self._events.thread_refused(guild.id, session.id, now)
                return
            except discord.NotFound:  # Somebody deleted the card before it had a thread.
                await self._events.card_gone(guild.id, session.id, now)
                return
            except discord.HTTPException as error:
                if error.code != ALREADY_OPEN:
                    raise
        # A thread has the id of the message it was opened on.
        await self._events.thread_opened(guild.id, session.id, card.message_id, now)

    async def _rename(self, guild: discord.Guild, session: Session) -> None:
        thread = guild.get_thread(session.thread_id or 0)
        name = shortened(session.title, _LONGEST_NAME)
        if thread is not None and thread.name != name and not thread.archived:
            with suppress(discord.Forbidden):  # The bot's own thread it may rename; of another one the name can stay.
                await thread.edit(name=name)

    async def _find_thread(self, session: Session) -> None:
        guild = self.bot.get_guild(session.guild_id)
        if guild is None or session.thread_id is None or guild.get_thread(session.thread_id) is not None:
            return
        try:
            await guild.fetch_channel(session.thread_id)
        except discord.NotFound:
            await self._events.thread_gone(guild.id, session.thread_id, self.bot.services.clock.now())
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            self._unseen.add(guild.id)

    # ------------------------------------------------------------- what is said

    async def draw_announcement(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """A session's card."""
        session = await self._events.find(guild.id, post.subject_id)
        if session is None:
            return None
        if session.state is SessionState.CANCELLED and post.message_id is None:
            return None  # It was cancelled before it was announced.
        drawn = announcement(guild, session, await self.around(session), publish=post.kind == NEWS)
        file = calendar(guild, session, self.bot.services.clock.now(), for_everybody=True)
        return replace(drawn, files=(file,))

    async def around(self, session: Session) -> Around:
        """What a card tells besides the session itself."""
        services = self.bot.services
        counts = await services.sessions.count_coming(session.guild_id, session.id)
        series = await services.series.find(session)
        program = ""
        if session.program_id is not None:
            program = (await services.programs.get(session.guild_id, session.program_id)).name
        return Around(counts, program, series.pattern if series else "")

    async def draw_reminder(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """It starts soon: whoever comes is mentioned. None where it was moved, or nobody of this part comes."""
        session = await self._events.find(guild.id, post.subject_id)
        if session is None or session.state is not SessionState.PLANNED or session.thread_id != post.channel_id:
            return None
        minutes, part = part_of_reminder(post.key)
        if post.key != reminder_key(session, minutes, part):
            return None
        people = await self._part(guild, session, part, Coming.YES, Coming.MAYBE)
        return pinging(reminder_text(session), people) if people else None

    async def draw_change(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """It was moved or cancelled, or takes place after all."""
        session = await self._events.find(guild.id, post.subject_id)
        what, part = part_of(post)
        text = changed_text(session, what) if session else None
        if session is None or text is None:
            return None
        people = await self._part(guild, session, part, Coming.YES, Coming.MAYBE, Coming.WAITING)
        return pinging(text, people) if people or part == 1 else None

    async def _part(self, guild: discord.Guild, session: Session, part: int, *answers: Coming) -> list[int]:
        coming = await self._sessions.list_coming(guild.id, session.id, *answers)
        if session.role_id is not None:  # The gate is checked anew: who lost the role is not called in.
            coming = await self._with_role(guild, session, coming)
        return coming[(part - 1) * PINGED_AT_ONCE : part * PINGED_AT_ONCE]

    async def _with_role(self, guild: discord.Guild, session: Session, member_ids: list[int]) -> list[int]:
        kept: list[int] = []
        for start in range(0, len(member_ids), _AT_ONCE):
            for member in await find_members(guild, member_ids[start : start + _AT_ONCE]):
                is_host = member.id in session.host_ids
                if is_host or may_take_part(session, (role.id for role in member.roles)):
                    kept.append(member.id)
        return kept

    async def draw_seat(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Where a member stands: they have a place now, or wait."""
        session = await self._events.find(guild.id, post.subject_id)
        if session is None or session.is_over:
            return None
        member_id = int(post.key.split(":")[3])
        said, turn = await self._sessions.coming_of(guild.id, session.id, member_id)
        text = seat_text(session, said, turn)
        return pinging(text, [member_id]) if text else None

    async def draw_notice(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """What hosts should know."""
        session = await self._events.find(guild.id, post.subject_id)
        return notice(guild, session, post) if session else None
