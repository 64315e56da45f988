"""Codes as members meet them: each way to get one, and each reason for getting none."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.communities.rules import ChannelPurpose
from bot.db import Base
from bot.discounts import errors
from bot.discounts.report_rules import AuditAction
from bot.discounts.rules import CodeKind, Condition, ConditionKind, Conditions, DiscountState, Grant, state
from bot.engagement.rules import Level
from bot.errors import UserFacingError
from bot.greeting.rules import Answers
from bot.members.service import MemberService
from tests.discounts.shop import CHANNEL, DAY, GUILD, HOST, INES, KOFI, MAYA, MINUTE, SECRET, Shop, local, person


async def test_a_member_gets_the_shared_code_and_the_same_one_again(shop: Shop) -> None:
    discount = await shop.create()
    first, second = await shop.claim(discount), await shop.claim(discount)
    assert (first.code, first.is_new, second.code, second.is_new) == (SECRET, True, SECRET, False)
    assert (await shop.discounts.get(GUILD, discount.id)).claimed == 1


async def test_each_member_gets_a_code_of_their_own_from_a_pool(shop: Shop) -> None:
    discount = await shop.pool("A-1", "A-2", "A-3")
    codes = [(await shop.claim(discount, member)).code for member in (MAYA, KOFI, MAYA)]
    assert codes == ["A-1", "A-2", "A-1"]
    kept = await shop.discounts.get(GUILD, discount.id)
    assert (kept.claimed, kept.in_pool) == (2, 1)


async def test_a_link_is_given_out_as_a_code_is(shop: Shop) -> None:
    link = "https://shop.example/checkout?discount=FIFTY"
    discount = await shop.create(kind=CodeKind.LINK, secret=link)
    assert (await shop.claim(discount)).code == link


async def refusal(shop: Shop, discount: Any, who: Any = MAYA, at: Any = None) -> UserFacingError:
    with pytest.raises(UserFacingError) as caught:
        await shop.claim(discount, who, at)
    return caught.value


async def test_a_pool_whose_codes_were_all_redeemed_unclaimed_is_sold_out(shop: Shop) -> None:
    pool = await shop.pool()
    assert isinstance(await refusal(shop, pool), errors.NoCodesYetError)
    await shop.fill(pool, "ONE-1")
    await shop.services.discount_reports.redeem_one(GUILD, pool.id, "ONE-1", "", HOST, shop.now, by_code=True)
    assert type(await refusal(shop, pool)) is errors.SoldOutError
    [kept] = await shop.discounts.list_all(GUILD)
    assert (kept.claimed, kept.in_pool, state(kept, shop.now)) == (0, 0, DiscountState.SOLD_OUT)


async def test_every_refusal_has_its_own_sentence(shop: Shop) -> None:
    said: list[UserFacingError] = []
    sold_out = await shop.pool("A-1")
    await shop.claim(sold_out, KOFI)
    said.append(await refusal(shop, sold_out))
    said.append(await refusal(shop, await shop.pool(name="Empty")))
    said.append(await refusal(shop, await shop.create(name="Later", starts=local("2026-04-02 00:00"))))
    over = await shop.create(name="Over", ends=local("2026-04-02 00:00"))
    said.append(await refusal(shop, over, at=shop.now + DAY))
    paused = await shop.create(name="Paused")
    await shop.discounts.pause(GUILD, paused.id, HOST, shop.now)
    later = shop.now + 2 * DAY
    said.append(await refusal(shop, paused, at=later))
    plain = await shop.create(name="Plain")
    said.append(await refusal(shop, plain, person(INES, shop.now, is_staff=True)))
    await shop.claim(plain, KOFI)
    await shop.discounts.revoke(GUILD, plain.id, KOFI, HOST, shop.now)
    said.append(await refusal(shop, plain, KOFI))
    await shop.discounts.set_opt_out(GUILD, MAYA, True, shop.now)
    said.append(await refusal(shop, plain, at=later))
    await shop.discounts.set_opt_out(GUILD, MAYA, False, shop.now)
    asks = await shop.create(name="Asks", conditions=Conditions((Condition(ConditionKind.NAMED),)))
    said.append(await refusal(shop, asks, at=later))
    kinds = [
        errors.SoldOutError, errors.NoCodesYetError, errors.NotStartedError, errors.EndedError, errors.PausedError,
        errors.StaffError, errors.RevokedError, errors.OptedOutError, errors.NotEligibleError,
    ]  # fmt: skip
    assert [type(each) for each in said] == kinds
    assert len({each.message for each in said}) == len(said)


async def test_who_has_a_code_sees_it_also_when_the_discount_is_over_and_they_are_staff(shop: Shop) -> None:
    discount = await shop.create(ends=local("2026-04-02 00:00"))
    await shop.claim(discount)
    again = await shop.claim(discount, person(MAYA, shop.now, is_staff=True), shop.now + 30 * DAY)
    assert (again.code, again.is_new) == (SECRET, False)


async def test_a_checklist_names_every_condition_and_how_far_it_is(shop: Shop) -> None:
    conditions = Conditions(
        (Condition(ConditionKind.ACCOUNT_AGE, 30), Condition(ConditionKind.MEMBERSHIP, 7)),
        (Condition(ConditionKind.ACTIVE_DAYS, 3), Condition(ConditionKind.INTRODUCED)),
    )
    discount = await shop.create(conditions=conditions)
    newcomer = person(MAYA, shop.now, joined_at=shop.now - 5 * DAY)
    refused = await refusal(shop, discount, newcomer)
    assert isinstance(refused, errors.NotEligibleError)
    assert not isinstance(refused, errors.RejoinedError)
    assert [checked.is_met for checked in refused.checklist.all_of] == [True, False]
    assert "2 more days to go" in refused.message
    assert "3 more active days" in refused.message
    await shop.services.communities.set_channel(GUILD, ChannelPurpose.INTRODUCTIONS, CHANNEL)
    await shop.services.greeting.introduce(GUILD, MAYA, Answers("A book", "", "", "", None), shop.now)
    assert (await shop.claim(discount, newcomer, shop.now + 2 * DAY)).is_new


async def test_active_days_sessions_and_levels_come_from_taking_part(shop: Shop) -> None:
    asked = (ConditionKind.ACTIVE_DAYS, 2), (ConditionKind.SESSIONS, 1), (ConditionKind.LEVEL, Level.PRESENT)
    discounts = [
        await shop.create(name=kind.value, conditions=Conditions((Condition(kind, amount),))) for kind, amount in asked
    ]
    for discount in discounts:
        assert isinstance(await refusal(shop, discount, KOFI), errors.NotEligibleError)
    days = Base.metadata.tables["engagement_days"]
    async with shop.services.database.transaction() as tx:
        for number in range(12):
            day = {"guild_id": GUILD, "member_id": MAYA, "day": shop.now.date() - number * DAY, "active": True}
            await tx.execute(days.insert(), day | {"sessions": int(number == 0)})
    for discount in discounts:
        assert (await shop.claim(discount, MAYA)).is_new, discount.name


async def test_who_left_and_came_back_reads_so(shop: Shop) -> None:
    members: MemberService = shop.services.members
    back_at = shop.now - 2 * DAY
    async with shop.services.database.transaction() as tx:
        await members.join(tx, GUILD, MAYA, joined_at=shop.now - 90 * DAY, pending=False, now=shop.now)
        await members.leave(tx, GUILD, MAYA, shop.now - 9 * DAY)
        await members.join(tx, GUILD, MAYA, joined_at=back_at, pending=False, now=shop.now)
    discount = await shop.create(conditions=Conditions((Condition(ConditionKind.MEMBERSHIP, 7),)))
    refused = await refusal(shop, discount, person(MAYA, shop.now, joined_at=back_at))
    assert isinstance(refused, errors.RejoinedError)
    assert refused.opening.startswith("Welcome back!")


async def test_who_had_a_code_before_they_left_has_the_same_one_when_they_come_back(shop: Shop) -> None:
    discount = await shop.pool("A-1", "A-2")
    await shop.claim(discount)
    later = shop.now + 3 * DAY
    again = await shop.claim(discount, person(MAYA, later, joined_at=later - DAY), later)
    assert (again.code, again.is_new, again.rejoined) == ("A-1", False, True)


async def test_five_attempts_a_minute_are_the_most(shop: Shop) -> None:
    discount = await shop.create()
    for _ in range(5):
        await shop.claim(discount)
    with pytest.raises(errors.TooManyAttemptsError) as caught:
        await shop.claim(discount, now=shop.now + timedelta(seconds=59))
    assert caught.value.retry_at == shop.now + MINUTE
    await shop.claim(discount, KOFI)
    assert (await shop.claim(discount, now=shop.now + MINUTE)).code == SECRET


async def test_the_cap_ends_a_shared_code(shop: Shop) -> None:
    discount = await shop.create(cap=2)
    await shop.claim(discount, MAYA)
    await shop.claim(discount, KOFI)
    assert isinstance(await refusal(shop, discount, INES), errors.SoldOutError)
    assert state(await shop.discounts.get(GUILD, discount.id), shop.now) is DiscountState.SOLD_OUT


async def test_a_revoked_code_goes_to_nobody_else_and_comes_back_by_a_grant(shop: Shop) -> None:
    discount = await shop.pool("A-1", "A-2")
    await shop.claim(discount, MAYA)
    await shop.discounts.revoke(GUILD, discount.id, MAYA, HOST, shop.now)
    assert (await shop.claim(discount, KOFI)).code == "A-2"
    assert isinstance(await refusal(shop, discount, INES), errors.SoldOutError)
    assert isinstance(await refusal(shop, discount, MAYA), errors.RevokedError)
    assert await shop.discounts.codes_of(GUILD, MAYA, shop.now) == []
    await shop.discounts.grant(GUILD, discount.id, MAYA, HOST, shop.now)
    assert (await shop.claim(discount, MAYA)).code == "A-1"
    with pytest.raises(errors.NothingToRevokeError):
        await shop.discounts.revoke(GUILD, discount.id, INES, HOST, shop.now)


async def test_a_member_named_by_a_host_meets_that_condition_and_no_other(shop: Shop) -> None:
    asks = (Condition(ConditionKind.NAMED), Condition(ConditionKind.ACCOUNT_AGE, 30))
    discount = await shop.create(conditions=Conditions(asks))
    await shop.discounts.grant(GUILD, discount.id, MAYA, HOST, shop.now)
    young = person(MAYA, shop.now, account_created_at=shop.now - DAY)
    assert isinstance(await refusal(shop, discount, young), errors.NotEligibleError)
    assert (await shop.claim(discount, MAYA)).is_new
    await shop.discounts.grant(GUILD, discount.id, KOFI, HOST, shop.now)
    await shop.discounts.revoke(GUILD, discount.id, KOFI, HOST, shop.now)
    assert isinstance(await refusal(shop, discount, KOFI), errors.NotEligibleError)
    plain = await shop.create(name="Plain")
    with pytest.raises(errors.NotByNameError):
        await shop.discounts.grant(GUILD, plain.id, KOFI, HOST, shop.now)


async def test_offers_tell_what_runs_and_what_is_missing(shop: Shop) -> None:
    free, asks = (
        await shop.create(),
        await shop.create(name="Asks", conditions=Conditions((Condition(ConditionKind.NAMED),))),
    )
    await shop.create(name="Later", starts=local("2026-05-01 00:00"))
    await shop.claim(free)
    offers = {
        offer.discount.name: offer for offer in await shop.discounts.offers(GUILD, person(MAYA, shop.now), shop.now)
    }
    assert set(offers) == {free.name, asks.name}
    assert offers[free.name].has_code
    assert offers[free.name].checklist is None
    assert not offers[asks.name].checklist.is_met
    assert await shop.discounts.offers(GUILD, person(MAYA, shop.now, is_staff=True), shop.now) == []
    await shop.discounts.set_opt_out(GUILD, MAYA, True, shop.now)
    assert await shop.discounts.offers(GUILD, person(MAYA, shop.now), shop.now) == []


async def test_codes_of_a_member_are_shown_again_and_that_is_written_down(shop: Shop) -> None:
    discount = await shop.pool("A-1")
    assert await shop.discounts.codes_of(GUILD, MAYA, shop.now) == []
    await shop.claim(discount)
    [mine] = await shop.discounts.codes_of(GUILD, MAYA, shop.now)
    assert (mine.code, mine.is_new) == ("A-1", False)
    log = await shop.services.discount_reports.audit(GUILD, discount.id, 10)
    assert [entry.action for entry in log] == [
        AuditAction.REVEAL, AuditAction.CLAIM, AuditAction.IMPORT, AuditAction.CREATE,
    ]  # fmt: skip
    assert (log[0].actor_id, log[0].member_id, log[0].discount_name) == (MAYA, MAYA, "Pool")


async def test_another_guild_knows_nothing_of_a_discount(shop: Shop) -> None:
    discount = await shop.pool("A-1")
    await shop.claim(discount)
    with pytest.raises(errors.NoSuchDiscountError):
        await shop.discounts.claim(11, discount.id, person(KOFI, shop.now), shop.now)
    assert await shop.discounts.codes_of(11, MAYA, shop.now) == []
    assert await shop.services.discount_reports.audit(11, None, 10) == []


async def test_who_has_their_data_deleted_gets_no_second_code(shop: Shop) -> None:
    discount = await shop.pool("A-1", "A-2")
    await shop.claim(discount)
    await shop.services.privacy.forget(GUILD, MAYA, shop.now)
    assert isinstance(await refusal(shop, discount, MAYA), errors.ForgottenClaimError)
    assert (await shop.claim(discount, KOFI)).code == "A-2"


@pytest.mark.parametrize("is_over", [False, True])
async def test_a_host_gives_a_forgotten_code_back(shop: Shop, is_over: bool) -> None:
    discount = await shop.pool("A-1", "A-2")
    await shop.claim(discount)
    await shop.services.privacy.forget(GUILD, MAYA, shop.now)
    refused = await refusal(shop, discount, MAYA)
    assert "/discount grant" in refused.message
    assert "you had me" not in refused.message, "they may have left, and asked for nothing"
    if is_over:
        await shop.discounts.end(GUILD, discount.id, HOST, shop.now)
    assert await shop.discounts.grant(GUILD, discount.id, MAYA, HOST, shop.now) is Grant.BACK
    assert (await shop.claim(discount, MAYA)).code == "A-1"
    assert [each.code for each in await shop.discounts.codes_of(GUILD, MAYA, shop.now)] == ["A-1"]


async def test_of_many_codes_only_those_that_are_shown_are_written_down(shop: Shop) -> None:
    for number in range(3):
        await shop.claim(await shop.create(name=f"Number {number}", secret=f"CODE-{number}"))
    shown = await shop.discounts.codes_of(GUILD, MAYA, shop.now, 2)
    assert [each.code for each in shown] == ["CODE-2", "CODE-1"]
    held = await shop.discounts.discounts_of(GUILD, MAYA)
    assert [each.name for each in held] == ["Number 2", "Number 1", "Number 0"]
    log = await shop.services.discount_reports.audit(GUILD, None, 50)
    revealed = [entry.discount_name for entry in log if entry.action is AuditAction.REVEAL]
    assert sorted(revealed) == ["Number 1", "Number 2"]


async def test_a_shared_code_that_was_changed_is_the_new_one_for_who_has_it(shop: Shop) -> None:
    discount = await shop.create()
    await shop.claim(discount)
    await shop.discounts.edit(GUILD, discount.id, replace(shop.draft(), secret="OTHER-1"), HOST, shop.now)
    assert (await shop.claim(discount)).code == "OTHER-1"
