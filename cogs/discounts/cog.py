"""`/discount`: hosts make discounts, show them, and see what becomes of them."""

from datetime import datetime
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.discounts.errors import AlreadyOverError, OptedOutError, StaffError
from bot.discounts.rules import CodeKind, DiscountState, Grant, state
from bot.errors import UserFacingError
from bot.ui.text import safe_name
from cogs.discounts.actions import claimant_of
from cogs.discounts.choosing import Choices, chosen_discount, guild_of
from cogs.discounts.create import Creating
from cogs.discounts.ending import ask_end
from cogs.discounts.importing import Importing
from cogs.discounts.part import answer
from cogs.discounts.posting import Posting
from cogs.discounts.reporting import Reporting
from cogs.discounts.views import audit_page, list_page
from cogs.discounts.words import called

Interaction = discord.Interaction[Any]

_WHICH = "Which discount"


@app_commands.default_permissions(manage_guild=True)
class Discounts(
    Creating, Importing, Posting, Reporting,
    commands.GroupCog, group_name="discount", group_description="Discounts, and who gets their codes",
):  # fmt: skip
    """Pause, resume, end, grant, revoke, list, audit; the other parts add theirs."""

    def __init__(self, bot: Tribekeeper) -> None:
        self.bot = bot
        self._discounts = bot.services.discounts

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Let only hosts pass. Raises MissingPermissions."""
        if not interaction.permissions.manage_guild:
            raise app_commands.MissingPermissions(["manage_guild"])
        return True

    @app_commands.command(name="list", description="See the discounts of this server, and how they do")
    async def list_(self, interaction: Interaction) -> None:
        """`/discount list`"""
        await interaction.response.defer(ephemeral=True, thinking=True)
        text, view = await list_page(interaction)
        await answer(interaction, text, view)

    @app_commands.command(description="Give out no codes for now; nothing is lost")
    @app_commands.describe(discount=_WHICH)
    async def pause(self, interaction: Interaction, discount: str) -> None:
        """`/discount pause`"""
        chosen = await self.begin(interaction, discount)
        now = self.bot.services.clock.now()
        await self._discounts.pause(chosen.guild_id, chosen.id, interaction.user.id, now)
        how = "was paused already" if chosen.paused else "is paused"
        await answer(interaction, f"**{called(chosen)}** {how}. `/discount resume` continues.")

    @app_commands.command(description="Give out codes again")
    @app_commands.describe(discount=_WHICH)
    async def resume(self, interaction: Interaction, discount: str) -> None:
        """`/discount resume`"""
        chosen = await self.begin(interaction, discount)
        now = self.bot.services.clock.now()
        await self._discounts.resume(chosen.guild_id, chosen.id, interaction.user.id, now)
        said = "goes on: members get their codes again." if chosen.paused else "was not paused, so nothing changed."
        await answer(interaction, f"**{called(chosen)}** {said}")

    @app_commands.command(description="End a discount now, before its time; you are asked once more")
    @app_commands.describe(discount=_WHICH)
    async def end(self, interaction: Interaction, discount: str) -> None:
        """`/discount end`"""
        chosen = await self.begin(interaction, discount)
        if state(chosen, self.bot.services.clock.now()) is DiscountState.ENDED:
            raise AlreadyOverError(by_host=chosen.ended_at is not None)
        await answer(interaction, *ask_end(chosen))

    @app_commands.command(description="Name a member who may have the code, where a discount asks for that")
    @app_commands.describe(discount=_WHICH, member="Whom you name")
    async def grant(self, interaction: Interaction, discount: str, member: discord.Member) -> None:
        """`/discount grant`"""
        chosen = await self.begin(interaction, discount)
        if member.bot:
            raise UserFacingError(f"{safe_name(member.display_name)} is a bot. Choose a person.")
        now = self.bot.services.clock.now()
        granted = await self._discounts.grant(chosen.guild_id, chosen.id, member.id, interaction.user.id, now)
        if granted is Grant.BACK:
            text = f"{member.mention} has their code of **{called(chosen)}** again. Tell them; `/code mine` shows it."
        else:
            how = "is named" if granted is Grant.NEW else "was named before"
            text = f"{member.mention} {how} for **{called(chosen)}**. {await self._what_next(member, now)}"
        await answer(interaction, text)

    async def _what_next(self, member: discord.Member, now: datetime) -> str:
        """What comes of a naming."""
        community = await self.bot.services.communities.get(member.guild.id)
        try:
            await self._discounts.check_claimant(member.guild.id, claimant_of(member, community, now))
        except OptedOutError:
            return "They want no codes, so theirs waits until they change that with `/code optout off`."
        except StaffError:
            return "But hosts and staff get no codes, so theirs waits for as long as they are one of them."
        return "Tell them; `/code claim` gets the code."

    @app_commands.command(description="Take a member's code back: they cannot see it again, and nobody else gets it")
    @app_commands.describe(discount=_WHICH, member="Whose code")
    async def revoke(self, interaction: Interaction, discount: str, member: discord.User) -> None:
        """`/discount revoke`"""
        chosen = await self.begin(interaction, discount)
        now = self.bot.services.clock.now()
        await self._discounts.revoke(chosen.guild_id, chosen.id, member.id, interaction.user.id, now)
        shop = "It works in your shop until you void it there"
        if chosen.kind is not CodeKind.POOL:
            shop = "They may have noted it, and it is the same for everybody"
        await answer(
            interaction,
            f"{member.mention} cannot see **{called(chosen)}** any more, and gets no other code of it. {shop}. "
            "`/discount grant` gives it back.",
        )

    @app_commands.command(description="See who did what with a discount")
    @app_commands.describe(discount="Which discount; leave it out for all of them")
    async def audit(self, interaction: Interaction, discount: str | None = None) -> None:
        """`/discount audit`"""
        await interaction.response.defer(ephemeral=True, thinking=True)
        guild = guild_of(interaction)
        chosen = await chosen_discount(self.bot.services, guild.id, discount) if discount else None
        text, view = await audit_page(interaction, chosen.id if chosen else None, None)
        await answer(interaction, text, view)

    @pause.autocomplete("discount")
    @resume.autocomplete("discount")
    @end.autocomplete("discount")
    @grant.autocomplete("discount")
    @revoke.autocomplete("discount")
    @audit.autocomplete("discount")
    async def choose_discount(self, interaction: Interaction, typed: str) -> Choices:
        """The discounts there are."""
        return await self.matching(interaction, typed)
