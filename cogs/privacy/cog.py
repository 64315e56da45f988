"""`/privacy`, and what is forgotten by itself."""

import io
import json
import logging
from typing import Any

import discord
from discord import app_commands, ui
from discord.ext import commands, tasks

from bot.client import Tribekeeper
from bot.discounts.rules import DiscountState, state
from bot.ui.views import BaseView
from cogs.privacy.cards import CONSENT, NOTHING, deletion_question, kept_text

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]

#: How often the bot looks whether there is something to forget, in hours.
LOOK_EVERY = 1


class Privacy(commands.GroupCog, group_name="privacy", group_description="What I keep about you, in your hands"):
    """Show, export, delete, consent."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._privacy = bot.services.privacy

    async def cog_load(self) -> None:
        """Start forgetting, and answer what was asked before a restart."""
        self.bot.add_view(_ConfirmDelete())
        self.forget.start()

    async def cog_unload(self) -> None:
        """Stop."""
        self.forget.cancel()

    @app_commands.command(description="See what I keep about you here")
    async def show(self, interaction: Interaction) -> None:
        """`/privacy show`"""
        guild, member = _who(interaction)
        kept = await self._privacy.tell(guild.id, member.id)
        await interaction.response.send_message(kept_text(guild, kept), ephemeral=True)

    @app_commands.command(description="Get what I keep about you here as a file")
    async def export(self, interaction: Interaction) -> None:
        """`/privacy export`"""
        guild, member = _who(interaction)
        kept = await self._privacy.tell(guild.id, member.id)
        if not kept:
            await interaction.response.send_message(NOTHING, ephemeral=True)
            return
        told = {"server": guild.name, "member": str(member), "exported": interaction.created_at.isoformat(), **kept}
        content = json.dumps(told, indent=2, ensure_ascii=False).encode()
        file = discord.File(io.BytesIO(content), "what-tribekeeper-keeps.json")
        await interaction.response.send_message(
            "This is everything I keep about you here. Only you can see it.", file=file, ephemeral=True
        )

    @app_commands.command(description="Delete what I keep about you here, and what I posted about you")
    async def delete(self, interaction: Interaction) -> None:
        """`/privacy delete`"""
        guild, member = _who(interaction)
        now = self.bot.services.clock.now()
        held = await self.bot.services.discounts.discounts_of(guild.id, member.id)
        codes = sum(state(discount, now) is not DiscountState.ENDED for discount in held)
        await interaction.response.send_message(deletion_question(codes), view=_ConfirmDelete(), ephemeral=True)

    @app_commands.command(description="Agree, or not, that I may note who talks with whom where you are in it")
    @app_commands.describe(agree="Leave it out to see what you chose; nothing is noted unless you agree")
    async def consent(self, interaction: Interaction, agree: bool | None = None) -> None:
        """`/privacy consent`"""
        guild, member = _who(interaction)
        members, now = self.bot.services.members, self.bot.services.clock.now()
        if agree is None:
            agree = await members.agrees(guild.id, member.id)
        else:
            await members.set_consent(guild.id, member.id, agrees=agree, joined_at=member.joined_at or now, now=now)
        await interaction.response.send_message(CONSENT[agree], ephemeral=True)

    @tasks.loop(hours=LOOK_EVERY)
    async def forget(self) -> None:
        """Forget members who left long ago, and guilds that removed the bot a month ago."""
        now = self.bot.services.clock.now()
        for guild in self.bot.guilds:
            try:
                if count := await self._privacy.forget_departed(guild.id, now):
                    log.info("departed members forgotten guild=%s count=%s", guild.id, count)
            except Exception:
                log.exception("departed members not forgotten guild=%s", guild.id)
        try:
            for guild_id in await self._privacy.forget_left_guilds(now):
                log.info("guild forgotten guild=%s", guild_id)
        except Exception:
            log.exception("guilds not forgotten")

    @forget.before_loop
    async def _until_ready(self) -> None:
        await self.bot.wait_until_ready()


class _ConfirmDelete(BaseView):
    """Asks once more; only the member sees it."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @ui.button(label="Delete everything", custom_id="privacy:delete", style=discord.ButtonStyle.danger)
    async def delete(self, interaction: Interaction, _button: ui.Button["_ConfirmDelete"]) -> None:
        """Forget the member."""
        guild, member = _who(interaction)
        await interaction.response.defer()
        services = interaction.client.services
        await services.privacy.forget(guild.id, member.id, services.clock.now())
        # Whoever looks after impostors looks again: deleting must not be a way to hide from the hosts.
        interaction.client.dispatch("raw_member_update", member, None)
        interaction.client.dispatch("member_forgotten", member)
        await interaction.edit_original_response(
            content="Done. I keep nothing about you here any more, and I am taking down what I posted about you.",
            view=None,
        )

    @ui.button(label="Keep it", custom_id="privacy:keep", style=discord.ButtonStyle.secondary)
    async def keep(self, interaction: Interaction, _button: ui.Button["_ConfirmDelete"]) -> None:
        """Change nothing."""
        await interaction.response.edit_message(content="Nothing was deleted.", view=None)


def _who(interaction: Interaction) -> tuple[discord.Guild, discord.Member]:
    assert interaction.guild is not None, "this is offered in guilds only"
    assert isinstance(interaction.user, discord.Member), "this is offered in guilds only"
    return interaction.guild, interaction.user
