"""Members vote for questions; the cards show it, and no more often than they should."""

from tests.cogs.questioning import READERS, ask, in_thread, label_of, plan
from tests.cogs.sessioning import shown
from tests.simkit import Stage


async def test_a_vote_counts_once_and_the_next_press_takes_it_back(stage: Stage) -> None:
    maya, kofi = await stage.join("maya"), await stage.join("kofi")
    session = await plan(stage)
    await ask(stage, maya, READERS)
    [card] = in_thread(stage, session)
    assert "2 people want to hear this answered" in shown(await kofi.click(card, label="Upvote")).content
    await stage.moment(5)
    [card] = in_thread(stage, session)
    assert label_of(card, "sessions:vote") == "Upvote · 1"
    await stage.restart()
    assert "You took your vote back" in shown(await kofi.click(card, label="Upvote · 1")).content
    await stage.moment(5)
    [card] = in_thread(stage, session)
    assert label_of(card, "sessions:vote") == "Upvote"


async def test_nobody_votes_for_their_own_question(stage: Stage) -> None:
    maya = await stage.join("maya")
    session = await plan(stage)
    await ask(stage, maya, READERS)
    [card] = in_thread(stage, session)
    assert "This is your own question" in shown(await maya.click(card, label="Upvote")).content


async def test_many_votes_within_three_seconds_are_one_edit_of_the_card(stage: Stage) -> None:
    maya = await stage.join("maya")
    crowd = [stage.guild.add_member(stage.env.create_user(f"voter{number}")) for number in range(12)]
    await stage.moment(20)
    session = await plan(stage)
    await ask(stage, maya, READERS)
    [card] = in_thread(stage, session)

    def edits() -> int:
        return sum(
            call.method == "PATCH" and call.path.endswith(f"/messages/{card.id}") for call in stage.env.http_requests
        )

    before = edits()
    for voter in crowd:
        await voter.click(card, label="Upvote")
    await stage.moment(4)
    [card] = in_thread(stage, session)
    assert label_of(card, "sessions:vote") == "Upvote · 12"
    assert edits() - before == 1
