"""What is asked in answers that only one person sees: which feed, really unfollow, which page."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.feeds.documents import Candidate
from bot.feeds.post_rules import Feed, FeedOverview
from bot.ui.text import safe_name, shortened
from bot.ui.views import BaseView
from cogs.feeds.notices import feed_lines

Interaction = discord.Interaction[Any]

#: As long as the answer can be edited.
_WAITS = 600.0
#: How long a page of a list may be; Discord takes 2000 characters.
_PAGE = 1800


class CandidateSelect(BaseView):
    """Asks which of several feeds is meant."""

    def __init__(
        self, candidates: Sequence[Candidate], chosen: Callable[[Interaction, Candidate], Awaitable[None]]
    ) -> None:
        super().__init__(timeout=_WAITS)
        self._candidates = candidates
        self._chosen = chosen
        self.choose.options = [
            discord.SelectOption(
                label=shortened(candidate.title or candidate.url, 100),
                description=shortened(candidate.url, 100),
                value=str(number),
            )
            for number, candidate in enumerate(candidates[:25])
        ]

    @ui.select(placeholder="Choose a feed")
    async def choose(self, interaction: Interaction, select: ui.Select["CandidateSelect"]) -> None:
        """Go on with the feed that was chosen."""
        await self._chosen(interaction, self._candidates[int(select.values[0])])


class AskUnfollow(BaseView):
    """Asks once more."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(timeout=_WAITS)
        self._feed = feed

    @ui.button(label="Stop following", style=discord.ButtonStyle.danger)
    async def stop_following(self, interaction: Interaction, _button: ui.Button["AskUnfollow"]) -> None:
        """Unfollow."""
        services = interaction.client.services
        feed = await services.feeds.unfollow(self._feed.guild_id, self._feed.id, services.clock.now())
        await interaction.response.edit_message(
            content=f"**{safe_name(feed.name)}** is not followed any more.", view=None
        )

    @ui.button(label="Keep it", style=discord.ButtonStyle.secondary)
    async def keep(self, interaction: Interaction, _button: ui.Button["AskUnfollow"]) -> None:
        """Change nothing."""
        await interaction.response.edit_message(content="Nothing was changed.", view=None)


class Pages(BaseView):
    """Turns the pages of a long answer."""

    def __init__(self, pages: Sequence[str]) -> None:
        super().__init__(timeout=_WAITS)
        self._pages = pages
        self._at = 0
        self._label()

    @property
    def is_long(self) -> bool:
        """Whether there is a page to turn."""
        return len(self._pages) > 1

    @property
    def text(self) -> str:
        """The page that is open."""
        return self._pages[self._at]

    def _label(self) -> None:
        self.back.disabled = self._at == 0
        self.forward.disabled = self._at == len(self._pages) - 1

    async def _turn(self, interaction: Interaction, step: int) -> None:
        self._at += step
        self._label()
        await interaction.response.edit_message(content=self.text, view=self)

    @ui.button(label="Back")
    async def back(self, interaction: Interaction, _button: ui.Button["Pages"]) -> None:
        """The page before."""
        await self._turn(interaction, -1)

    @ui.button(label="Next")
    async def forward(self, interaction: Interaction, _button: ui.Button["Pages"]) -> None:
        """The page after."""
        await self._turn(interaction, 1)


def list_pages(overview: Sequence[FeedOverview]) -> list[str]:
    """`/blog list`, in pages."""
    if not overview:
        return ["No blog is followed here yet. `/blog follow` starts; the address of a blog's front page is enough."]
    pages: list[str] = []
    for entry in map(feed_lines, overview):
        if pages and len(pages[-1]) + len(entry) + 2 <= _PAGE:
            pages[-1] += f"\n\n{entry}"
        else:
            pages.append(entry)
    return pages
