"""Blogs as Discord sees them."""

from bot.client import Tribekeeper
from cogs.feeds.candidates import CandidateSelect
from cogs.feeds.choices import PageButton, UnfollowButton
from cogs.feeds.cog import Blog
from cogs.feeds.conversations import Conversations
from cogs.feeds.polling import Polling
from cogs.feeds.views import FollowButton, HeldButton, ProposalButton


async def setup(bot: Tribekeeper) -> None:
    """Follow blogs."""
    bot.add_dynamic_items(FollowButton, HeldButton, ProposalButton, CandidateSelect, UnfollowButton, PageButton)
    await bot.add_cog(Blog(bot))
    await bot.add_cog(Polling(bot))
    await bot.add_cog(Conversations(bot))
