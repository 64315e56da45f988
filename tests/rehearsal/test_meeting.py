"""The session of the sample world, from a question to the recap."""

from bot.rehearsal.scenes import Scenes
from bot.rehearsal.stage import Stage
from tests.rehearsal.test_offers import done, person


async def test_the_sample_session_can_be_played_from_a_question_to_the_recap(stage: Stage):
    scenes = Scenes(stage)
    maya, carol = person(stage, "Maya").actor, person(stage, "Carol").actor
    questions, hosts = stage.world.channels["questions"], stage.world.channels["hosts"]
    await scenes.advance(10)
    async with stage.acting():
        [card] = [message for message in questions.history() if message.components]
        form = await maya.click(card, label="Ask a question")
        await maya.submit_modal(form, {"question": "Which of your posts was the hardest to write?"})
    assert "ask" in done(stage)
    async with stage.acting():
        [thread] = questions.threads
        theirs = next(message for message in thread.history() if "not already your friends" in str(message.embeds[:1] and message.embeds[0].to_dict()))
        await maya.click(theirs, label="Upvote")
    assert "vote" in done(stage)
    for _ in range(2):
        await scenes.advance(60)
    assert "open" in done(stage)
    for label in ("Answer now", "Next", "Answered"):
        async with stage.acting():
            panel = next(message for message in reversed(hosts.history()) if message.components)
            await carol.click(panel, label=label)
        await scenes.advance(10)
    assert "lead" in done(stage)
    async with stage.acting():
        panel = next(message for message in reversed(hosts.history()) if message.components)
        asked = await carol.click(panel, label="Close")
        print(asked)
    await scenes.advance(10)
    assert "recap" in done(stage)
