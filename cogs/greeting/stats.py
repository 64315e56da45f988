"""`/greeting stats`: how far newcomers come, and whom to thank."""

from collections.abc import Sequence
from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Tribekeeper
from bot.greeting import answer_rules as rules
from bot.greeting.answer_rules import Funnel
from bot.ui.charts import attached
from bot.ui.text import safe_name
from cogs.greeting import charts

Interaction = discord.Interaction[Any]


class Stats(commands.Cog):
    """A part of the `/greeting` group."""

    bot: Tribekeeper

    @app_commands.command(description="See how many newcomers are greeted, introduce themselves, and are answered")
    @app_commands.describe(days="Over how many days to look who answered most; leave it out for 30")
    async def stats(self, interaction: Interaction, days: Literal[7, 30, 90] = 30) -> None:
        """`/greeting stats`"""
        guild = interaction.guild
        assert guild is not None, "this is offered in guilds only"
        await interaction.response.defer(ephemeral=True, thinking=True)
        statistics = await self.bot.services.answers.statistics(guild.id, days, interaction.created_at)
        thanked = await _names(guild, statistics.answerers, interaction.user.id)
        words, pictures = told(statistics.funnels), dict[str, Any]()
        if rules.is_worth_a_chart(statistics.funnels, guild.member_count or 0):
            pictures["file"] = await chart_of(statistics.funnels)
        await interaction.followup.send("\n".join([*words, thanks(thanked, days)]).strip(), ephemeral=True, **pictures)


async def chart_of(funnels: Sequence[Funnel]) -> discord.File:
    """The funnels as a picture, and in words for those who cannot see it."""
    return await attached("newcomers.png", told(funnels), lambda: charts.draw(funnels))


def told(funnels: Sequence[Funnel]) -> list[str]:
    """The chart in sentences, one for each period."""
    return [_sentence(funnel) for funnel in funnels]


def _sentence(funnel: Funnel) -> str:
    period = f"In the last **{funnel.days} days**"
    if not funnel.joined:
        return f"{period} nobody joined."
    people = "1 person" if funnel.joined == 1 else f"{funnel.joined:,} people"
    text = (
        f"{period} {people} joined, {_were(funnel.greeted)} greeted, {funnel.introduced:,} introduced themselves "
        f"and {_were(funnel.answered)} answered by a person."
    )
    if funnel.median_wait is not None:
        text += f" The median time to an answer was {rules.in_words(funnel.median_wait)}."
    return text


def _were(count: int) -> str:
    return f"{count:,} {'was' if count == 1 else 'were'}"


async def _names(guild: discord.Guild, member_ids: Sequence[int], asking: int) -> list[str]:
    """Up to three names of those who are still here, in the order of the alphabet; whoever asks is "you"."""
    names: list[str] = []
    for member_id in member_ids:
        try:
            member = guild.get_member(member_id) or await guild.fetch_member(member_id)
        except discord.NotFound:
            continue
        names.append("you" if member_id == asking else safe_name(member.display_name))
        if len(names) == rules.MOST_THANKED:
            break
    return sorted(names, key=lambda name: (name == "you", name.casefold()))


def thanks(names: Sequence[str], days: int) -> str:
    """Who answered most, without numbers: a reason to thank them and not a ranking."""
    if not names:
        return ""
    everybody = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    everybody = everybody[0].upper() + everybody[1:] if names == ["you"] else everybody
    hint = " A word of thanks goes a long way." if names != ["you"] else " Thank you."
    return f"\n{everybody} answered most in the last {days} days.{hint}"
