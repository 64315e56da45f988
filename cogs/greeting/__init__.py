"""Greetings, introductions and hellos as Discord sees them."""

from bot.client import Tribekeeper
from cogs.greeting.answers import FirstAnswers
from cogs.greeting.arrivals import Arrivals
from cogs.greeting.cog import Greeting
from cogs.greeting.departures import Departures
from cogs.greeting.views import HeldButton, HelloButton, IntroduceButton
from cogs.greeting.words import GreetingWords


async def setup(bot: Tribekeeper) -> None:
    """Start greeting."""
    bot.add_dynamic_items(IntroduceButton, HelloButton, HeldButton)
    await bot.add_cog(Arrivals(bot))
    await bot.add_cog(Departures(bot))
    await bot.add_cog(Greeting(bot))
    await bot.add_cog(GreetingWords(bot))
    await bot.add_cog(FirstAnswers(bot))
