"""What is asked in answers that only one person sees: really unfollow, which page. Works at any time, also later."""

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.client import Services
from bot.feeds.post_rules import Feed, FeedOverview
from bot.ui.views import BaseView, LastingItem
from cogs.feeds.actions import host_guild
from cogs.feeds.notices import called, feed_lines

Interaction = discord.Interaction[Any]

#: How long a page of a list may be; Discord takes 2000 characters.
_PAGE = 1800


class UnfollowButton(LastingItem[ui.Button[Any]], template=r"feeds:unfollow:(?P<feed>\d+):(?P<answer>yes|no)"):
    """Answers the question whether to stop following a blog."""

    def __init__(self, feed_id: int, answer: str) -> None:
        label, style = {
            "yes": ("Stop following", discord.ButtonStyle.danger),
            "no": ("Keep it", discord.ButtonStyle.secondary),
        }[answer]
        super().__init__(ui.Button(label=label, style=style, custom_id=f"feeds:unfollow:{feed_id}:{answer}"))
        self._feed_id = feed_id
        self._answer = answer

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "UnfollowButton":
        """The button as it was pressed."""
        return cls(int(match["feed"]), match["answer"])

    async def pressed(self, interaction: Interaction) -> None:
        """Unfollow, or change nothing."""
        guild, services = host_guild(interaction), _services(interaction)
        answer = "Nothing was changed."
        if self._answer == "yes":
            feed = await services.feeds.unfollow(guild.id, self._feed_id, services.clock.now())
            answer = f"**{called(feed)}** is not followed any more. `/blog follow` starts again at any time."
        await interaction.response.edit_message(content=answer, view=None)


def ask_unfollow(feed: Feed) -> BaseView:
    """The two answers."""
    return BaseView(timeout=None).add_item(UnfollowButton(feed.id, "yes")).add_item(UnfollowButton(feed.id, "no"))


class PageButton(LastingItem[ui.Button[Any]], template=r"feeds:page:(?P<way>back|next):(?P<page>\d{1,4})"):
    """Turns a page of `/blog list`, which is read anew."""

    def __init__(self, way: str, page: int, *, disabled: bool = False) -> None:
        super().__init__(ui.Button(label=way.title(), custom_id=f"feeds:page:{way}:{page}", disabled=disabled))
        self._page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "PageButton":
        """The button as it was pressed."""
        return cls(match["way"], int(match["page"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Show the page."""
        services = _services(interaction)
        overview = await services.feeds.overview(host_guild(interaction).id, services.clock.now())
        text, view = list_page(overview, self._page)
        await interaction.response.edit_message(content=text, view=view)


def list_page(overview: Sequence[FeedOverview], number: int = 0) -> tuple[str, BaseView | None]:
    """A page of `/blog list`, or the last one there is, and what turns it."""
    pages = _pages(overview)
    if len(pages) == 1:
        return pages[0], None
    number = min(number, len(pages) - 1)
    view = BaseView(timeout=None).add_item(PageButton("back", max(0, number - 1), disabled=number == 0))
    view.add_item(PageButton("next", number + 1, disabled=number == len(pages) - 1))
    return f"{pages[number]}\n\n-# Page {number + 1} of {len(pages)}", view


def _pages(overview: Sequence[FeedOverview]) -> list[str]:
    if not overview:
        return ["No blog is followed here yet. `/blog follow` starts; the address of a blog's front page is enough."]
    pages: list[str] = []
    for entry in map(feed_lines, overview):
        if pages and len(pages[-1]) + len(entry) + 2 <= _PAGE:
            pages[-1] += f"\n\n{entry}"
        else:
            pages.append(entry)
    return pages


def _services(interaction: Interaction) -> Services:
    return interaction.client.services
