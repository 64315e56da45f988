"""Greetings, introductions and hellos as Discord sees them."""

from bot.client import Tribekeeper
from cogs.greeting.answers import FirstAnswers
from cogs.greeting.cog import Greeting
from cogs.greeting.views import HelloButton, IntroduceButton
from cogs.greeting.words import GreetingWords


async def setup(bot: Tribekeeper) -> None:
    """Start greeting."""
    bot.add_dynamic_items(IntroduceButton, HelloButton)
    await bot.add_cog(Greeting(bot))
    await bot.add_cog(GreetingWords(bot))
    await bot.add_cog(FirstAnswers(bot))
