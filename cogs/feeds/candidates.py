"""Which of several feeds is meant, and what then happens: the end of `/blog follow` and of `/blog share`."""

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.client import Services
from bot.errors import UserFacingError
from bot.feeds.documents import Candidate
from bot.feeds.finding import Found
from bot.ui.text import shortened
from bot.ui.views import BaseView, LastingItem
from cogs.feeds import following
from cogs.feeds.actions import host_guild
from cogs.feeds.cards import entry_card
from cogs.feeds.following import Places
from cogs.feeds.notices import called

Interaction = discord.Interaction[Any]

#: The longest value of an option, https://discord.com/developers/docs/components/reference#string-select
_OPTION = 100


class CandidateSelect(
    LastingItem[ui.Select[Any]],
    template=r"feeds:choose:(?P<what>follow:(?P<channel>\d+):(?P<author>\d+):(?P<role>\d+)|share)",
):
    """Asks which of several feeds is meant. It knows all that was chosen, so it may be answered at any time."""

    def __init__(self, what: str, candidates: Sequence[Candidate] = ()) -> None:
        super().__init__(
            ui.Select(
                custom_id=f"feeds:choose:{what}",
                placeholder="Choose a feed",
                options=[
                    discord.SelectOption(
                        label=shortened(candidate.title or candidate.url, _OPTION),
                        description=candidate.url,
                        value=candidate.url,
                    )
                    for candidate in candidates
                ],
            )
        )
        self._what = what

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "CandidateSelect":
        """The select as it was used."""
        return cls(match["what"])

    async def pressed(self, interaction: Interaction) -> None:
        """Go on with the feed that was chosen."""
        await interaction.response.defer()
        url = self.item.values[0]
        if self._what == "share":
            await share_found(interaction, await _services(interaction).feeds.read(url))
            return
        guild = host_guild(interaction)
        channel_id, author_id, role_id = map(int, self._what.split(":")[1:])
        community = await _services(interaction).communities.get(guild.id)
        channel = following.channel_of(guild, channel_id)
        if channel is None:
            raise UserFacingError("The channel for its posts was deleted meanwhile. Please type `/blog follow` again.")
        author, role = guild.get_member(author_id), guild.get_role(role_id)
        places = following.checked_places(guild, community, channel, author, role)
        await follow_found(interaction, await _services(interaction).feeds.read(url), places)


async def ask_which(interaction: Interaction, found: Sequence[Candidate], question: str, what: str) -> None:
    """Let the person choose. What is too long for a choice is told, to be given by itself."""
    short = [candidate for candidate in found if len(candidate.url) <= _OPTION][:25]
    long = next((candidate.url for candidate in found if len(candidate.url) > _OPTION), None)
    also = f"\nIf it is this one, give me its address by itself: <{long[:1500]}>" if long else ""
    await interaction.edit_original_response(
        content=f"I found several feeds there. {question}{also}",
        view=BaseView(timeout=None).add_item(CandidateSelect(what, short)) if short else None,
    )


def follow_choice(places: Places) -> str:
    """What a select has to know of a `/blog follow`."""
    author, role = places.author, places.role
    return f"follow:{places.channel.id}:{author.id if author else 0}:{role.id if role else 0}"


async def follow_found(interaction: Interaction, found: Found, places: Places) -> None:
    """Follow a feed, and show how its newest entry would look."""
    guild, services = host_guild(interaction), _services(interaction)
    feed = await services.feeds.follow(
        guild.id, found, places.channel.id, services.clock.now(),
        author_id=places.author.id if places.author else None, role_id=places.role.id if places.role else None,
    )  # fmt: skip
    community = await services.communities.get(guild.id)
    newest = await services.feeds.newest_or_none(feed)
    warnings = following.warnings_of(guild, community, places.channel, places.role)
    await interaction.edit_original_response(
        content=following.followed_text(feed, places, warnings, is_empty=not newest),
        embeds=[entry_card(feed, entry) for _, entry in newest],
        view=None,
        allowed_mentions=discord.AllowedMentions.none(),
    )


async def share_found(interaction: Interaction, found: Found) -> None:
    """Ask the hosts about a member's own blog."""
    services = _services(interaction)
    assert interaction.guild is not None, "this is offered in guilds only"
    feed = await services.feeds.propose(interaction.guild.id, found, interaction.user.id, services.clock.now())
    await interaction.edit_original_response(
        content=f"Thank you! I have asked the hosts about **{called(feed)}**. If they approve, your new "
        f"posts appear in <#{feed.channel_id}> with your name, one a day at most.",
        view=None,
    )


def _services(interaction: Interaction) -> Services:
    return interaction.client.services
