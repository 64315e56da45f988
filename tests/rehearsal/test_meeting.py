"""The session of the sample world, from a question to the recap."""

from bot.rehearsal.scenes import Scenes
from bot.rehearsal.stage import Stage
from tests.cogs.discounting import answer, words
from tests.rehearsal.test_offers import done, person


async def test_the_sample_session_starts_in_two_hours_with_three_questions_and_five_steps(stage: Stage):
    guild_id, services = stage.world.guild.id, stage.env.bot.services
    async with stage.acting():
        [session] = await services.sessions.list_ahead(guild_id)
        questions = await services.moderation.list_all(guild_id, session.id)
        [program] = await services.programs.list_active(guild_id)
    assert (session.program_id, session.role_id) == (program.id, None), "everybody may ask"
    until = (session.starts_at - stage.env.now()).total_seconds() / 3600
    assert 1.9 < until <= 2
    assert len(questions) == 3
    titles = [step.title for step in stage.tour.steps]
    first = titles.index("Ask a question")
    assert titles[first : first + 5] == [
        "Ask a question", "Vote", "Move time to the start and open it", "Answer two as the host",
        "Close and read the recap",
    ]  # fmt: skip


async def test_the_sample_session_can_be_played_from_a_question_to_the_recap(stage: Stage):
    scenes = Scenes(stage)
    maya, carol = person(stage, "Maya").actor, person(stage, "Carol").actor
    questions = stage.world.channels["questions"]
    await scenes.advance(10)
    async with stage.acting():
        [card] = [message for message in questions.history() if message.components]
        form = await maya.click(card, label="Ask a question")
        await maya.submit_modal(form, {"question": "Which of your posts was the hardest to write?"})
    assert "ask" in done(stage)
    async with stage.acting():
        [thread] = questions.threads
        theirs = next(card for card in thread.history() if "not already your friends" in words(card))
        await maya.click(theirs, label="Upvote")
    assert "vote" in done(stage)
    for _ in range(2):
        await scenes.advance(60)
    assert "open" in done(stage)
    for label in ("Answer now", "Next", "Answered"):
        async with stage.acting():
            await carol.click(panel(stage), label=label)
        await scenes.advance(10)
    assert "lead" in done(stage)
    async with stage.acting():
        sure = await carol.click(panel(stage), label="Close")
        await carol.click(answer(sure), label="Close the session")
    await scenes.advance(10)
    assert "recap" in done(stage)


def panel(stage: Stage):
    """The hosts' panel."""
    return next(message for message in reversed(stage.world.channels["hosts"].history()) if message.components)
