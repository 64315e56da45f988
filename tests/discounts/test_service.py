"""Discounts as hosts make, change and end them, and as a program changes them."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.discounts import errors
from bot.discounts.report_rules import AuditAction
from bot.discounts.rules import Claimed, CodeKind, Condition, ConditionKind, Conditions, DiscountState, state
from bot.programs.rules import Draft as ProgramDraft
from bot.programs.rules import Price
from tests.discounts.shop import (
    DAY,
    GUILD,
    HOST,
    INES,
    KOFI,
    MAYA,
    OTHER_GUILD,
    SECRET,
    Shop,
    local,
    open_shop,
)

SECOND = timedelta(seconds=1)


async def test_a_discount_is_kept_as_it_was_written(shop: Shop) -> None:
    starts, ends = local("2026-04-02 00:00"), local("2026-11-01 01:30", fold=1)
    asks = Conditions((Condition(ConditionKind.ROLE, role_id=5),), (Condition(ConditionKind.LEVEL, 2),))
    made = await shop.create(starts=starts, ends=ends, cap=9, note=" Bring a friend ", conditions=asks)
    assert made == await shop.discounts.get(GUILD, made.id)
    assert (made.starts, made.ends, made.cap, made.note, made.conditions) == (starts, ends, 9, "Bring a friend", asks)
    assert (made.created_by_id, made.claimed, made.in_pool, made.percent) == (HOST, 0, 0, None)
    with pytest.raises(errors.NoSuchDiscountError):
        await shop.discounts.get(OTHER_GUILD, made.id)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": " "}, errors.NameMissingError),
        ({"name": "x" * 81}, errors.NameMissingError),
        ({"note": "x" * 501}, errors.NoteTooLongError),
        ({"name": f"Use {SECRET.lower()} now"}, errors.CodeInPublicError),
        ({"note": f"The code is {SECRET}."}, errors.CodeInPublicError),
        ({"secret": ""}, errors.CodeMissingError),
        ({"secret": "two words"}, errors.CodeMissingError),
        ({"kind": CodeKind.LINK, "secret": "http://shop.example"}, errors.CodeMissingError),
        ({"amount_off": None}, errors.OneReductionError),
        ({"percent": 10}, errors.OneReductionError),
        ({"amount_off": None, "percent": 100}, errors.OneReductionError),
        ({"amount_off": 14700}, errors.DiscountTooLargeError),
        ({"amount_off": 5000, "currency": "EUR"}, errors.NoPriceError),
        ({"starts": local("2026-05-02 00:00"), "ends": local("2026-05-02 00:00")}, errors.EndsBeforeStartError),
        ({"ends": local("2026-03-31 00:00")}, errors.EndsInThePastError),
        ({"cap": 0}, errors.CapTooSmallError),
        ({"conditions": Conditions((Condition(ConditionKind.LEVEL, 9),))}, errors.UnusableConditionError),
        ({"program_id": 999}, errors.ProgramGoneError),
    ],
)
async def test_what_cannot_be_a_discount_is_refused_before_anything_is_written(
    shop: Shop, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await shop.discounts.check(GUILD, shop.draft(**changes), shop.now)
    with pytest.raises(error):
        await shop.create(**changes)
    assert await shop.discounts.list_all(GUILD) == []
    assert await shop.services.discount_reports.audit(GUILD, None, 5) == []


@pytest.mark.parametrize("where", ["name", "summary", "included", "register_url"])
async def test_a_program_that_tells_the_code_gets_no_discount_with_it(shop: Shop, where: str) -> None:
    text = f"https://example.com/?c={SECRET}" if where == "register_url" else f"Take {SECRET}!"
    plain = ProgramDraft("Break Out of Your Bubble")
    await shop.services.programs.edit(GUILD, shop.program.id, replace(plain, **{where: text}))
    with pytest.raises(errors.CodeInPublicError) as caught:
        await shop.create()
    assert SECRET not in caught.value.message
    made = await shop.create(secret="OTHER-1")
    with pytest.raises(errors.CodeInPublicError):
        await shop.discounts.edit(GUILD, made.id, shop.draft(), HOST, shop.now)
    await shop.services.programs.edit(GUILD, shop.program.id, plain)
    await shop.discounts.edit(GUILD, made.id, shop.draft(), HOST, shop.now)
    with pytest.raises(errors.CodeInPublicError):
        await shop.services.programs.edit(GUILD, shop.program.id, replace(plain, **{where: text}))
    await shop.discounts.end(GUILD, made.id, HOST, shop.now)
    await shop.services.programs.edit(GUILD, shop.program.id, replace(plain, **{where: text}))


async def test_no_price_and_no_other_discount_tells_the_code(shop: Shop) -> None:
    programs, telling = shop.services.programs, Price(f"with {SECRET}", 15000, "USD")
    made = await shop.create()
    for put in (programs.check_price, programs.put_price):
        with pytest.raises(errors.CodeInPublicError):
            await put(GUILD, shop.program.id, telling)
    for words in ({"name": f"Or {SECRET}"}, {"name": "Other", "note": f"Use {SECRET} instead"}):
        with pytest.raises(errors.CodeInPublicError):
            await shop.create(secret="OTHER-1", **words)
    await shop.discounts.end(GUILD, made.id, HOST, shop.now)
    await programs.put_price(GUILD, shop.program.id, telling)
    other = await shop.create(secret="OTHER-1", name="Other", note=f"{SECRET} is over")
    with pytest.raises(errors.CodeInPublicError):
        await shop.discounts.edit(GUILD, other.id, shop.draft(name="Other", note=""), HOST, shop.now)


@pytest.mark.parametrize("telling", [{"name": f"Not {SECRET}"}, {"name": "Other", "note": f"{SECRET} is Kofi's"}])
async def test_a_code_that_the_card_of_another_discount_already_tells_is_refused(
    shop: Shop, telling: dict[str, str]
) -> None:
    other = await shop.create(secret="OTHER-1", **telling)
    with pytest.raises(errors.CodeInPublicError, match="another discount") as caught:
        await shop.create()
    assert SECRET not in caught.value.message
    made = await shop.create(secret="FINE-1")
    with pytest.raises(errors.CodeInPublicError):
        await shop.discounts.edit(GUILD, made.id, shop.draft(), HOST, shop.now)
    await shop.discounts.end(GUILD, other.id, HOST, shop.now)
    await shop.discounts.edit(GUILD, made.id, shop.draft(), HOST, shop.now)


async def test_a_name_is_a_guild_s_only_once_also_when_two_hosts_press_at_once(shop: Shop) -> None:
    done = await asyncio.gather(*(shop.create() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, errors.NameTakenError) for each in done) == 3
    other = await shop.create(name="Other")
    with pytest.raises(errors.NameTakenError):
        await shop.discounts.edit(GUILD, other.id, shop.draft(name="FIFTY OFF"), HOST, shop.now)
    assert (await shop.discounts.edit(GUILD, other.id, shop.draft(name="OTHER"), HOST, shop.now)).name == "OTHER"


async def test_an_edit_keeps_the_code_and_says_in_the_log_what_changed(shop: Shop) -> None:
    made = await shop.create()
    draft = shop.draft(secret="", cap=3, ends=local("2026-05-01 00:00"))
    await shop.discounts.check(GUILD, draft, shop.now, made.id)
    edited = await shop.discounts.edit(GUILD, made.id, draft, HOST, shop.now)
    assert (edited.cap, edited.ends) == (3, draft.ends)
    assert (await shop.claim(edited)).code == SECRET
    log = await shop.services.discount_reports.audit(GUILD, made.id, 5)
    assert [(entry.action, entry.details) for entry in log if entry.action is AuditAction.EDIT] == [
        (AuditAction.EDIT, "end, cap")
    ]
    with pytest.raises(errors.CodeInPublicError):
        await shop.discounts.edit(GUILD, made.id, replace(draft, note=f"It is {SECRET}"), HOST, shop.now)
    with pytest.raises(errors.KindIsFixedError):
        await shop.discounts.edit(GUILD, made.id, shop.draft(kind=CodeKind.POOL), HOST, shop.now)
    await shop.claim(edited, KOFI)
    with pytest.raises(errors.CapTooSmallError, match="2 codes"):
        await shop.discounts.edit(GUILD, made.id, replace(draft, cap=1), HOST, shop.now)


async def test_a_pool_whose_codes_the_shop_saw_before_anybody_claimed_stays_a_pool(shop: Shop) -> None:
    pool = await shop.pool()
    as_shared = shop.draft(name="Pool")
    await shop.discounts.check(GUILD, as_shared, shop.now, pool.id)
    await shop.fill(pool, "ONE-1")
    await shop.services.discount_reports.redeem_one(GUILD, pool.id, "ONE-1", "", HOST, shop.now, by_code=True)
    with pytest.raises(errors.KindIsFixedError):
        await shop.discounts.edit(GUILD, pool.id, as_shared, HOST, shop.now)


async def test_an_edit_of_what_was_changed_meanwhile_is_refused(shop: Shop) -> None:
    made = await shop.create()
    await shop.claim(made)
    edited = await shop.discounts.edit(GUILD, made.id, shop.draft(cap=9), HOST, shop.now, made.revision)
    stale = shop.draft(name="Mine"), HOST, shop.now, made.revision
    with pytest.raises(errors.ChangedMeanwhileError):
        await shop.discounts.edit(GUILD, made.id, *stale)
    with pytest.raises(errors.ChangedMeanwhileError):
        await shop.discounts.check(GUILD, shop.draft(), shop.now, made.id, made.revision)
    assert await shop.discounts.get(GUILD, made.id) == edited
    await shop.discounts.end(GUILD, made.id, HOST, shop.now)
    with pytest.raises(errors.AlreadyOverError):
        await shop.discounts.check(GUILD, shop.draft(), shop.now, made.id, made.revision)


async def test_pausing_resuming_and_ending(shop: Shop) -> None:
    made = await shop.create()
    paused = await shop.discounts.pause(GUILD, made.id, HOST, shop.now)
    assert state(paused, shop.now) is DiscountState.PAUSED
    assert await shop.discounts.list_open(GUILD, shop.now) == [paused]
    resumed = await shop.discounts.resume(GUILD, made.id, HOST, shop.now)
    assert state(resumed, shop.now) is DiscountState.RUNNING
    await shop.discounts.resume(GUILD, made.id, HOST, shop.now)
    ended = await shop.discounts.end(GUILD, made.id, HOST, shop.now)
    assert state(ended, shop.now) is DiscountState.ENDED
    assert await shop.discounts.list_open(GUILD, shop.now) == []
    for change in (shop.discounts.pause, shop.discounts.resume, shop.discounts.end):
        with pytest.raises(errors.AlreadyOverError, match="for good"):
            await change(GUILD, made.id, HOST, shop.now)
    with pytest.raises(errors.AlreadyOverError):
        await shop.discounts.edit(GUILD, made.id, shop.draft(), HOST, shop.now)
    actions = [entry.action for entry in await shop.services.discount_reports.audit(GUILD, made.id, 9)]
    assert actions == [AuditAction.END, AuditAction.RESUME, AuditAction.PAUSE, AuditAction.CREATE]


async def test_an_end_by_time_can_be_moved_on(shop: Shop) -> None:
    made = await shop.create(ends=local("2026-04-02 00:00"))
    later = shop.now + 5 * DAY
    with pytest.raises(errors.AlreadyOverError, match="later end"):
        await shop.discounts.pause(GUILD, made.id, HOST, later)
    edited = await shop.discounts.edit(GUILD, made.id, shop.draft(ends=local("2026-05-01 00:00")), HOST, later)
    assert state(edited, later) is DiscountState.RUNNING


async def test_one_second_before_the_end_is_accepted_and_the_instant_itself_refused(shop: Shop) -> None:
    discount = await shop.create(ends=local("2026-05-01 00:00"))
    end = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
    with pytest.raises(errors.EndedError) as caught:
        await shop.claim(discount, KOFI, end)
    assert caught.value.ended_at == end
    assert (await shop.claim(discount, MAYA, end - SECOND)).is_new


async def test_the_start_is_accepted_and_one_second_before_refused(shop: Shop) -> None:
    discount = await shop.create(starts=local("2026-11-01 01:30", fold=1))
    start = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    with pytest.raises(errors.NotStartedError):
        await shop.claim(discount, KOFI, start - SECOND)
    assert (await shop.claim(discount, MAYA, start)).is_new


async def test_a_price_that_falls_below_the_discount_pauses_it_and_says_why(shop: Shop) -> None:
    discount, small = await shop.create(), await shop.create(name="Small", amount_off=1000)
    programs = shop.services.programs
    await programs.put_price(GUILD, shop.program.id, Price("late", 4000, "USD"), replacing="late")
    assert state(await shop.discounts.get(GUILD, discount.id), shop.now) is DiscountState.PAUSED
    assert state(await shop.discounts.get(GUILD, small.id), shop.now) is DiscountState.RUNNING
    with pytest.raises(errors.PausedError):
        await shop.claim(discount, INES)
    [entry, *_] = await shop.services.discount_reports.audit(GUILD, discount.id, 5)
    assert (entry.action, entry.actor_id) == (AuditAction.PAUSE, None)
    assert "late" in entry.details
    assert "$40" in entry.details
    with pytest.raises(errors.DiscountTooLargeError):
        await shop.discounts.resume(GUILD, discount.id, HOST, shop.now)
    await programs.put_price(GUILD, shop.program.id, Price("late", 14700, "USD"), replacing="late")
    await shop.discounts.resume(GUILD, discount.id, HOST, shop.now)
    assert isinstance(await shop.claim(discount, INES), Claimed)


async def test_what_a_program_holds_up_is_known_until_a_host_resumes_it_and_is_no_host_s_own_pause(shop: Shop) -> None:
    large, paused = await shop.create(), await shop.create(name="Paused", secret="OTHER-1")
    small = await shop.create(name="Small", amount_off=1000)
    await shop.discounts.pause(GUILD, paused.id, HOST, shop.now)

    async def stalled() -> dict[int, type | None]:
        found = await shop.discounts.list_stalled(GUILD, shop.now)
        return {each.discount.id: type(each.fault) if each.fault else None for each in found}

    assert await stalled() == {}
    programs, too_large = shop.services.programs, errors.DiscountTooLargeError
    await programs.put_price(GUILD, shop.program.id, Price("late", 4000, "USD"), replacing="late")
    assert await stalled() == {paused.id: too_large, large.id: too_large}
    await programs.archive(GUILD, shop.program.id, shop.now)
    assert await stalled() == dict.fromkeys((small.id, paused.id, large.id), errors.ProgramGoneError)
    await programs.restore(GUILD, shop.program.id)
    await programs.put_price(GUILD, shop.program.id, Price("late", 14700, "USD"), replacing="late")
    assert await stalled() == {small.id: None, large.id: None}
    await shop.discounts.resume(GUILD, large.id, HOST, shop.now)
    await shop.discounts.end(GUILD, small.id, HOST, shop.now)
    assert await stalled() == {}
    await shop.discounts.pause(GUILD, large.id, HOST, shop.now)
    assert await stalled() == {}


async def test_a_program_that_is_archived_pauses_its_discounts(shop: Shop) -> None:
    discount = await shop.create()
    await shop.services.programs.archive(GUILD, shop.program.id, shop.now)
    assert (await shop.discounts.get(GUILD, discount.id)).paused
    with pytest.raises(errors.ProgramGoneError):
        await shop.discounts.resume(GUILD, discount.id, HOST, shop.now)
    await shop.services.programs.restore(GUILD, shop.program.id)
    assert not (await shop.discounts.resume(GUILD, discount.id, HOST, shop.now)).paused


async def test_a_discount_of_a_guild_that_was_forgotten_gives_its_id_to_nobody(shop: Shop) -> None:
    gone = await shop.create()
    await shop.services.outbox.leave_guild(GUILD, shop.now - 31 * DAY)
    assert await shop.services.privacy.forget_left_guilds(shop.now) == [GUILD]
    again = await open_shop(shop.services.database, shop.now)
    assert (await again.create()).id > gone.id
    with pytest.raises(errors.NoSuchDiscountError):
        await again.claim(gone)
