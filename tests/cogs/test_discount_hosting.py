"""What hosts do with a discount that is there: they pause, resume and end it, name members, and take codes back."""

from bot.discounts.report_rules import AuditAction
from bot.discounts.rules import Condition, ConditionKind, Conditions
from tests.cogs.discounting import labels, make, press, run, words
from tests.simkit import Stage


async def test_a_discount_ends_only_once_a_host_was_asked_whether_it_shall(stage: Stage) -> None:
    discount = await make(stage)
    asked = await run(stage, "discount end", discount=str(discount.id))
    assert "cannot be undone" in asked.content
    assert "`/discount pause`" in asked.content
    kept = await press(asked, "Keep it", by=stage.carol)
    assert (kept.content, labels(kept)) == ("Nothing was changed.", [])
    asked = await run(stage, "discount end", discount=str(discount.id))
    [unchanged] = await stage.bot.services.discounts.list_all(stage.guild.id)
    assert unchanged.ended_at is None
    await stage.restart()
    assert "**Spring** is over" in (await press(asked, "End it for good", by=stage.carol)).content
    assert "ended for good" in (await run(stage, "discount end", discount=str(discount.id))).content
    assert stage.refusals()


async def test_what_changes_nothing_is_not_told_as_new(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage, conditions=Conditions((Condition(ConditionKind.NAMED),)))
    for command, first, second, options in (
        ("pause", "**Spring** is paused.", "**Spring** was paused already.", {}),
        ("resume", "**Spring** goes on", "**Spring** was not paused, so nothing changed.", {}),
        ("grant", "is named for **Spring**.", "was named before for **Spring**.", {"member": maya}),
    ):
        for said in (first, second):
            answer = await run(stage, f"discount {command}", discount=str(discount.id), **options)
            assert said in answer.content
    log = await stage.bot.services.discount_reports.audit(stage.guild.id, discount.id, 10)
    assert [entry.action for entry in log] == [
        AuditAction.GRANT, AuditAction.RESUME, AuditAction.PAUSE, AuditAction.CREATE,
    ]  # fmt: skip


async def test_whose_code_is_taken_back_can_have_it_again_as_the_host_hears(stage: Stage) -> None:
    maya = await stage.join("maya")
    discount = await make(stage, codes=["ONE-1", "TWO-2"])
    await run(stage, "code claim", by=maya)
    taken = await run(stage, "discount revoke", discount=str(discount.id), member=maya)
    assert "`/discount grant` gives it back." in taken.content
    await run(stage, "discount grant", discount=str(discount.id), member=maya)
    assert "ONE-1" in words(await run(stage, "code mine", by=maya))
