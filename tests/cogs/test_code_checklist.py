"""What a member without a code reads: every condition, how far it is, and what to do next."""

from datetime import timedelta

from bot.discounts.rules import Condition, ConditionKind, Conditions
from bot.engagement.rules import Level
from tests.cogs.discounting import CODE, make, run, words
from tests.simkit import Stage
from tests.simpast import long_since


async def test_who_lacks_something_sees_every_condition_and_the_distance(stage: Stage) -> None:
    role = stage.guild.create_role("Reader")
    maya = await long_since(stage, "maya", account_days=90, member_days=5)
    await make(
        stage,
        conditions=Conditions(
            (
                Condition(ConditionKind.ACCOUNT_AGE, 30), Condition(ConditionKind.MEMBERSHIP, 7),
                Condition(ConditionKind.ROLE, role_id=role.id),
            ),
            (
                Condition(ConditionKind.ACTIVE_DAYS, 1), Condition(ConditionKind.INTRODUCED),
                Condition(ConditionKind.SESSIONS, 2), Condition(ConditionKind.LEVEL, Level.PRESENT),
                Condition(ConditionKind.NAMED),
            ),
        ),
    )  # fmt: skip
    said = words(await run(stage, "code claim", by=maya))
    for line in (
        "**All of these**\n✅ A Discord account that is 30 days old", "⬜ 7 days as a member here – **2 more days",
        f"⬜ The role {role.mention}",
        "**Any one of these**\n⬜ 1 active day in the last 28 days – **1 more active day**",
        "⬜ An introduction of yourself", "⬜ 2 Q&A sessions attended in the last 28 days – **2 more sessions**",
        "⬜ The level *Present*", "⬜ Named by a host", "What to do next", "Introduce yourself with `/intro`.",
    ):  # fmt: skip
        assert line in said
    assert CODE not in said


async def test_what_is_met_of_any_is_enough_and_no_step_is_named_for_the_others(stage: Stage) -> None:
    back_at = int((stage.now() + timedelta(days=2)).timestamp())
    maya = await long_since(stage, "maya", member_days=5)
    any_of = (Condition(ConditionKind.ACCOUNT_AGE, 30), Condition(ConditionKind.INTRODUCED))
    await make(stage, conditions=Conditions((Condition(ConditionKind.MEMBERSHIP, 7),), any_of))
    said = words(await run(stage, "code claim", by=maya))
    assert "✅ A Discord account" in said
    assert "➖ An introduction of yourself – not needed" in said
    assert "/intro" not in said
    assert "introduce yourself" not in said
    assert f"Come back <t:{back_at}:F>, <t:{back_at}:R>: days count by themselves." in said


async def test_where_one_of_several_steps_is_enough_a_member_reads_so(stage: Stage) -> None:
    any_of = (Condition(ConditionKind.INTRODUCED), Condition(ConditionKind.SESSIONS, 1))
    await make(stage, conditions=Conditions((Condition(ConditionKind.NAMED),), any_of))
    said = words(await run(stage, "code claim", by=await long_since(stage, "maya")))
    steps = (
        "Ask a host whether this is meant for you.\nOne of these is enough:\n• Introduce yourself with `/intro`.\n• "
    )
    assert steps in said
