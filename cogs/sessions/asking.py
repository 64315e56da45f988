"""`/ask`, *Ask in the next Q&A*, and what is posted about questions."""

from collections import OrderedDict
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.outbox.rules import Post
from bot.sessions.carding import DECLINED, PENDING, UNMASKED
from bot.sessions.question_errors import GoneQuestionError
from bot.sessions.question_rules import SHOWN, may_ask
from bot.sessions.redrawing import CARD
from bot.sessions.rules import QuestionState, SessionState
from bot.ui.messages import OutgoingMessage
from bot.ui.views import BaseView
from cogs.sessions import question_actions
from cogs.sessions.choices import guild_of, session_choices
from cogs.sessions.moderation import pending_message
from cogs.sessions.question_cards import declined_message, question_embed, unmasked_message
from cogs.sessions.question_forms import Typed
from cogs.sessions.question_views import InvitationButton, card_buttons
from cogs.sessions.words import called

Interaction = discord.Interaction[Any]

#: So many messages are remembered, so that their authors are asked once each and not by everybody.
_REMEMBERED = 1000


class Asking(commands.Cog):
    """The ways to ask, and the renderers of questions."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._menu = app_commands.ContextMenu(name="Ask in the next Q&A", callback=self.ask_about)
        self._menu.guild_only = True
        #: The messages whose authors were asked. What stood in them is not kept: they have not said yes.
        self._invited: OrderedDict[int, None] = OrderedDict()

    async def cog_load(self) -> None:
        """Offer the menu, and register what this cog draws."""
        renderers = self.bot.renderers
        renderers[CARD] = self.draw_card
        renderers[PENDING] = self.draw_pending
        renderers[DECLINED] = self.draw_declined
        renderers[UNMASKED] = self.draw_unmasked
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Offer it no longer."""
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    # ------------------------------------------------------------- asking

    @app_commands.command(description="Ask a question for the next Q&A")
    @app_commands.guild_only()
    @app_commands.describe(session="Which session; the next one unless you choose")
    async def ask(self, interaction: Interaction, session: str = "") -> None:
        """`/ask`"""
        chosen = await question_actions.session_to_ask(interaction, session)
        await question_actions.begin(interaction, chosen.id)

    @ask.autocomplete("session")
    async def choose(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """The sessions to come in which whoever asks may do so."""
        asker = question_actions.asker_of(interaction)
        ahead = await self.bot.services.sessions.list_ahead(guild_of(interaction).id)
        return session_choices((session for session in ahead if may_ask(session, asker)), typed)

    async def ask_about(self, interaction: Interaction, message: discord.Message) -> None:
        """Ask one's own message; of another member's, ask its author first, in public and once."""
        if message.author.id == interaction.user.id:
            session = await question_actions.session_to_ask(interaction)
            # Discord shows the bot a message's words only here, where its author points at it.
            await question_actions.begin(interaction, session.id, Typed(text=message.content))
            return
        author, session = await question_actions.check_author(interaction, message)
        if message.id in self._invited:
            told = f"{author.mention} was asked about this message already. Perhaps they would rather not."
            await interaction.response.send_message(told, ephemeral=True)
            return
        self._invited[message.id] = None
        while len(self._invited) > _REMEMBERED:
            self._invited.popitem(last=False)
        view = BaseView(timeout=None)
        for answer in ("yes", "no"):
            view.add_item(InvitationButton(answer, session.id, author.id))
        starts = discord.utils.format_dt(session.starts_at, "f")
        await interaction.response.send_message(
            f"{author.mention}, {interaction.user.mention} would like to hear the answer to {message.jump_url} at "
            f"{called(session)}, {starts}. Will you ask it there? Nothing is taken over: you write it as you want it.",
            view=view,
            allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, users=[author]),
        )

    # ------------------------------------------------------------- what is posted

    async def draw_card(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """A question in its session's thread; None where it does not stand there any more."""
        known = await self.bot.services.questions.find(guild.id, post.subject_id)
        if known is None or known[1].state not in SHOWN:
            return None
        session, question = known
        view = None if session.state is SessionState.CANCELLED else card_buttons(session, question)
        return OutgoingMessage(embeds=[question_embed(guild, session, question)], view=view)

    async def draw_pending(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """A question that waits for the hosts, or what became of it; None where it is gone."""
        try:
            dossier = await self.bot.services.moderation.look(guild.id, post.subject_id)
        except GoneQuestionError:
            return None
        return pending_message(guild, dossier)

    async def draw_declined(self, guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """Why a question was declined, to whoever asked it."""
        known = await self.bot.services.questions.find(guild.id, int(post.key.split(":")[1]))
        if known is None or known[1].state is not QuestionState.DECLINED or known[1].asker_id != post.subject_id:
            return None
        return declined_message(guild, *known)

    async def draw_unmasked(self, _guild: discord.Guild, post: Post) -> OutgoingMessage | None:
        """That a host lifted a question's anonymity."""
        known = await self.bot.services.moderation.unmasked(post)
        return None if known is None else unmasked_message(*known)
