"""What the sample world offers: a regular has a code for the asking, one who came lately reads what is missing."""

from bot.rehearsal.scenes import Scenes
from bot.rehearsal.stage import Stage
from tests.cogs.discounting import answer, words


def person(stage: Stage, name: str):
    return next(person for person in stage.world.people.values() if person.name == name)


def done(stage: Stage) -> set[str]:
    return {step.id for step in stage.tour.steps if stage.tour.is_done(step)}


def offer(stage: Stage):
    """The card of SOCIAL in #announcements."""
    cards = [message for message in stage.world.channels["announcements"].history() if message.embeds]
    [card] = [card for card in cards if card.embeds[0].title == "A thank-you to this community"]
    return card


async def press(stage: Stage, name: str) -> str:
    """What somebody reads who presses the button in #announcements."""
    async with stage.acting():
        return words(answer(await person(stage, name).actor.click(offer(stage), label="Get my code")))


async def test_the_regular_has_a_code_and_the_newest_member_reads_what_is_missing(stage: Stage):
    await Scenes(stage).advance(10)
    assert "SOCIAL" in await press(stage, "Maya")
    assert done(stage) == {"claim"}
    missing = await press(stage, "Kofi")
    assert "1 more day" in missing
    assert "SOCIAL" not in missing
    assert done(stage) == {"claim", "missing"}
    await Scenes(stage).advance(1440)
    assert "SOCIAL" in await press(stage, "Kofi"), "a day later he has been here long enough"


async def test_the_card_says_by_itself_that_it_is_over(stage: Stage):
    scenes = Scenes(stage)
    await scenes.advance(1440)
    await scenes.advance(1440)
    assert "deadline" in done(stage)
    [card] = offer(stage).embeds
    assert "over" in (card.description or "")
    assert "SOCIAL" not in str(card.to_dict())


async def test_the_pool_holds_twenty_codes_and_the_program_three_recordings(stage: Stage):
    services = stage.env.bot.services
    guild_id = stage.world.guild.id
    async with stage.acting():
        shared, pool = sorted(await services.discounts.list_all(guild_id), key=lambda one: one.kind, reverse=True)
        [program] = await services.programs.list_active(guild_id)
        recordings = await services.programs.list_recordings(guild_id, program.id)
    assert (program.name, len(recordings)) == ("Break Out of Your Bubble", 3)
    assert (shared.amount_off, pool.in_pool) == (50_00, 20)
