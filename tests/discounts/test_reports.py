"""What became of a discount: reports, what the shop says, the file for hosts, and the log."""

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest

from bot.communities.rules import ChannelPurpose
from bot.db import Base
from bot.discounts import errors
from bot.discounts.condition_rules import AMOUNTS
from bot.discounts.report_rules import AuditAction, Day
from bot.discounts.rules import Condition, ConditionKind, Conditions
from bot.discounts.sale_rules import RedemptionPlan
from bot.greeting.rules import Answers
from tests.discounts.shop import CHANNEL, DAY, GUILD, HOST, INES, KOFI, MAYA, OTHER_GUILD, SECRET, Shop, nobody, person

NAMED, YOUNG = Condition(ConditionKind.NAMED), Condition(ConditionKind.ACCOUNT_AGE, 30)


def reports(shop: Shop) -> Any:
    return shop.services.discount_reports


async def look(shop: Shop, discount: Any, member: int, **changes: Any) -> None:
    with pytest.raises(errors.NotEligibleError):
        await shop.claim(discount, person(member, shop.now, **changes))


async def test_a_report_tells_how_far_members_came_and_what_keeps_most(shop: Shop) -> None:
    await shop.services.communities.set_time_zone(GUILD, "America/New_York")
    discount = await shop.pool("A", "B", conditions=Conditions((NAMED, YOUNG)))
    for member in (MAYA, KOFI):
        await look(shop, discount, member)
    await look(shop, discount, INES, account_created_at=shop.now)
    await shop.discounts.grant(GUILD, discount.id, MAYA, HOST, shop.now)
    await shop.claim(discount, person(MAYA, shop.now), shop.now + DAY)
    await shop.discounts.revoke(GUILD, discount.id, MAYA, HOST, shop.now + DAY)
    await reports(shop).redeem_one(GUILD, discount.id, "a", "2026-04-01", HOST, shop.now, by_code=True)
    report = await reports(shop).report(GUILD, discount.id, shop.now + DAY)
    assert (report.seen, report.claimed, report.revoked, report.redeemed) == (3, 1, 1, 1)
    assert report.per_day == (Day(date(2026, 4, 1), 3, 0, 1), Day(date(2026, 4, 2), 0, 1, 0))
    assert report.blocking == (((NAMED,), 2), ((YOUNG,), 1))


async def test_who_claimed_and_was_forgotten_still_counts_as_having_seen_it(shop: Shop) -> None:
    discount = await shop.create()
    await shop.claim(discount, MAYA)
    await shop.services.privacy.forget(GUILD, MAYA, shop.now)
    report = await reports(shop).report(GUILD, discount.id, shop.now)
    assert (report.seen, report.claimed) == (1, 1)


async def test_who_was_forgotten_and_given_their_code_back_counts_as_having_seen_it_once(shop: Shop) -> None:
    discount = await shop.create()
    await shop.claim(discount, MAYA)
    await shop.services.privacy.forget(GUILD, MAYA, shop.now)
    await shop.discounts.grant(GUILD, discount.id, MAYA, HOST, shop.now + DAY)
    for _ in range(2):
        report = await reports(shop).report(GUILD, discount.id, shop.now + DAY)
        assert (report.seen, report.claimed, report.per_day) == (1, 1, (Day(date(2026, 4, 1), 1, 1),))
        await shop.claim(discount, MAYA)


async def test_the_eligible_are_counted_without_leaving_a_trace(shop: Shop) -> None:
    discount = await shop.create(conditions=Conditions((YOUNG,)))
    people = [person(number, shop.now) for number in range(1, 121)]
    people += [person(200, shop.now, account_created_at=shop.now), person(201, shop.now, is_staff=True)]
    assert await reports(shop).count_eligible(GUILD, discount.id, people, shop.now) == 120
    assert (await reports(shop).report(GUILD, discount.id, shop.now)).seen == 0


async def test_each_of_many_is_counted_by_what_is_known_of_them(shop: Shop) -> None:
    kinds = [ConditionKind.NAMED, ConditionKind.ACTIVE_DAYS, ConditionKind.INTRODUCED, ConditionKind.LEVEL]
    conditions = [Condition(kind, int(kind in AMOUNTS)) for kind in kinds]
    discount = await shop.create(conditions=Conditions((), tuple(conditions)))
    named, active, introduced, idle = 3, 250, 777, 1000
    await shop.discounts.grant(GUILD, discount.id, named, HOST, shop.now)
    await shop.services.communities.set_channel(GUILD, ChannelPurpose.INTRODUCTIONS, CHANNEL)
    await shop.services.greeting.introduce(GUILD, introduced, Answers("A book", "", "", "", None), shop.now)
    async with shop.services.database.transaction() as tx:
        day = {"guild_id": GUILD, "member_id": active, "day": shop.now.date(), "active": True, "sessions": 0}
        await tx.execute(Base.metadata.tables["engagement_days"].insert(), day)
    people = [person(number, shop.now) for number in range(1, idle + 1)]
    assert await reports(shop).count_eligible(GUILD, discount.id, people, shop.now) == 3


async def test_the_file_of_a_shop_is_looked_over_and_noted_once(shop: Shop) -> None:
    discount = await shop.pool("A-1", "B-2", "C-3")
    await shop.claim(discount, MAYA)
    content = b"code,date\nA-1,2026-04-01\nb-2,2026-03-31\nA-1,2026-04-01\nFOREIGN,2026-04-01\n"
    plan = RedemptionPlan(new=2, already_known=0, without_claim=1, lines=4, foreign=1, repeated=1)
    assert await reports(shop).plan_redemptions(GUILD, discount.id, content, shop.now) == plan
    assert (await reports(shop).report(GUILD, discount.id, shop.now)).redeemed == 0
    assert await reports(shop).apply_redemptions(GUILD, discount.id, content, HOST, shop.now) == plan
    again = await reports(shop).apply_redemptions(GUILD, discount.id, content, HOST, shop.now)
    assert (again.new, again.already_known, again.repeated) == (0, 2, 1)
    assert (await reports(shop).report(GUILD, discount.id, shop.now)).redeemed == 2


async def test_a_code_the_shop_saw_is_given_to_nobody_any_more(shop: Shop) -> None:
    discount = await shop.pool("A-1", "B-2")
    await reports(shop).apply_redemptions(GUILD, discount.id, b"A-1,2026-04-01\n", HOST, shop.now)
    assert (await shop.discounts.get(GUILD, discount.id)).in_pool == 1
    assert (await shop.claim(discount, MAYA)).code == "B-2"


async def test_a_code_that_was_made_but_not_redeemed_can_still_be_had(shop: Shop) -> None:
    discount = await shop.pool("A-1", "B-2")
    content = b"code,created at,redeemed at\nA-1,2026-03-01,\nB-2,2026-03-01,2026-03-30\n"
    assert (await reports(shop).apply_redemptions(GUILD, discount.id, content, HOST, shop.now)).new == 1
    assert (await shop.claim(discount, MAYA)).code == "A-1"


async def test_two_orders_of_one_person_are_two_sales_and_their_name_is_not_kept(shop: Shop) -> None:
    discount = await shop.create()
    content = b"Name,Order ID,Date\nMaya Lind,1001,2026-03-30\nMaya Lind,1002,2026-03-31\n"
    assert (await reports(shop).apply_redemptions(GUILD, discount.id, content, HOST, shop.now)).new == 2
    assert b"Maya" not in await reports(shop).export(GUILD, discount.id, HOST, shop.now, nobody)


async def test_sales_with_a_shared_code_are_counted_by_order(shop: Shop) -> None:
    discount = await shop.create()
    content = (
        f"Order ID,Discount Code,Date\n1,{SECRET.lower()},2026-04-01\n2,OTHER,2026-04-01\n3,,2026-04-01\n".encode()
    )
    plan = await reports(shop).apply_redemptions(GUILD, discount.id, content, HOST, shop.now)
    assert (plan.new, plan.foreign) == (1, 1)
    await reports(shop).redeem_one(GUILD, discount.id, "9", "", HOST, shop.now, by_code=False)
    with pytest.raises(errors.AlreadyRedeemedError):
        await reports(shop).redeem_one(GUILD, discount.id, "9", "", HOST, shop.now, by_code=False)
    with pytest.raises(errors.SharedCodeError):
        await reports(shop).redeem_one(GUILD, discount.id, SECRET, "", HOST, shop.now, by_code=True)
    assert (await reports(shop).report(GUILD, discount.id, shop.now)).redeemed == 2


async def test_a_sale_that_was_noted_by_its_order_and_then_by_its_code_counts_once(shop: Shop) -> None:
    discount = await shop.pool("A-1", "B-2", "C-3")
    await shop.claim(discount, MAYA)
    for order in ("1001", "1002"):
        await reports(shop).redeem_one(GUILD, discount.id, order, "2026-03-30", HOST, shop.now, by_code=False)
    content = b"order id,code,date\n1001,A-1,2026-03-31\n1002,C-3,2026-03-31\n1002,C-3,2026-03-31\n"
    plan = RedemptionPlan(new=0, already_known=2, without_claim=1, lines=3, completed=2, repeated=1)
    assert await reports(shop).apply_redemptions(GUILD, discount.id, content, HOST, shop.now) == plan
    assert (await reports(shop).report(GUILD, discount.id, shop.now)).redeemed == 2
    assert (await reports(shop).apply_redemptions(GUILD, discount.id, content, HOST, shop.now)).completed == 0
    with pytest.raises(errors.AlreadyRedeemedError):
        await reports(shop).redeem_one(GUILD, discount.id, "A-1", "", HOST, shop.now, by_code=True)
    assert (await shop.claim(discount, KOFI)).code == "B-2"
    lines = (await reports(shop).export(GUILD, discount.id, HOST, shop.now, nobody)).decode("utf-8-sig").splitlines()
    assert [line.split(",")[5:] for line in lines if "2026-03-30" in line] == [
        ["2026-03-30", "1001"], ["2026-03-30", "1002"],
    ]  # fmt: skip


async def test_of_two_codes_of_one_order_that_was_noted_the_second_is_another_sale(shop: Shop) -> None:
    discount = await shop.pool("A-1", "B-2")
    await reports(shop).redeem_one(GUILD, discount.id, "1001", "2026-03-30", HOST, shop.now, by_code=False)
    content = b"order id,code,date\n1001,A-1,2026-03-31\n1001,B-2,2026-03-31\n"
    plan = await reports(shop).apply_redemptions(GUILD, discount.id, content, HOST, shop.now)
    assert (plan.new, plan.completed) == (1, 1)
    assert (await reports(shop).report(GUILD, discount.id, shop.now)).redeemed == 2


async def test_a_sale_that_was_noted_by_its_code_and_then_by_its_order_counts_once(shop: Shop) -> None:
    discount = await shop.pool("A-1", "B-2")
    await shop.claim(discount, MAYA)
    await reports(shop).redeem_one(GUILD, discount.id, "B-2", "2026-03-30", HOST, shop.now, by_code=True)
    content = b"order id,code,date\n1001,A-1,2026-03-31\n1002,B-2,2026-03-31\n"
    plan = RedemptionPlan(new=1, already_known=1, without_claim=0, lines=2, completed=1)
    assert await reports(shop).apply_redemptions(GUILD, discount.id, content, HOST, shop.now) == plan
    for order in ("1001", "1002"):
        with pytest.raises(errors.AlreadyRedeemedError):
            await reports(shop).redeem_one(GUILD, discount.id, order, "", HOST, shop.now, by_code=False)
    assert (await reports(shop).report(GUILD, discount.id, shop.now)).redeemed == 2
    lines = (await reports(shop).export(GUILD, discount.id, HOST, shop.now, nobody)).decode("utf-8-sig").splitlines()
    assert [line.split(",")[2:3] + line.split(",")[5:] for line in lines[1:]] == [
        ["A-1", "2026-03-31", "1001"], ["", "2026-03-30", "1002"],
    ]  # fmt: skip


async def test_an_order_that_was_refunded_is_left_out_and_told(shop: Shop) -> None:
    pool, shared = await shop.pool("A-1", "B-2", "C-3"), await shop.create()
    content = (
        b"Order,Code,Date,Status\n1,A-1,2026-03-30,paid\n2,B-2,,refunded\n2,B-2,,refunded\n3,OTHER,,refunded\n"
        b"4,,2026-03-30,refunded\n"
    )
    plan = await reports(shop).apply_redemptions(GUILD, pool.id, content, HOST, shop.now)
    assert plan == RedemptionPlan(new=1, already_known=0, without_claim=1, lines=4, foreign=1, void=1)
    assert (await shop.claim(pool, MAYA)).code == "B-2"
    content = f"Order,Code,Date,Status\n,{SECRET},,cancelled\n2,{SECRET},2026-03-30,paid\n".encode()
    plan = await reports(shop).apply_redemptions(GUILD, shared.id, content, HOST, shop.now)
    assert (plan.new, plan.void) == (1, 1)


async def test_a_sale_that_was_noted_and_refunded_since_is_none_any_more(shop: Shop) -> None:
    discount = await shop.pool("A-1", "B-2")
    await shop.claim(discount, MAYA)
    paid = b"Order,Code,Date,Status\n1,A-1,2026-03-30,paid\n2,B-2,2026-03-30,paid\n"
    await reports(shop).apply_redemptions(GUILD, discount.id, paid, HOST, shop.now)
    refunded = paid.replace(b"1,A-1,2026-03-30,paid", b"1,A-1,2026-03-30,refunded")
    plan = RedemptionPlan(new=0, already_known=1, without_claim=0, lines=2, void=1, gone=1)
    assert await reports(shop).plan_redemptions(GUILD, discount.id, refunded, shop.now) == plan
    assert await reports(shop).apply_redemptions(GUILD, discount.id, refunded, HOST, shop.now) == plan
    assert (await reports(shop).report(GUILD, discount.id, shop.now)).redeemed == 1
    [entry] = await reports(shop).audit(GUILD, discount.id, 1)
    assert entry.details == "0 sales, 1 came to nothing"
    assert not (await reports(shop).apply_redemptions(GUILD, discount.id, refunded, HOST, shop.now)).is_news
    both = paid.replace(b"1,A-1,2026-03-30,paid", b"1,A-1,2026-03-30,paid\n3,A-1,2026-03-31,paid")
    await reports(shop).apply_redemptions(GUILD, discount.id, paid, HOST, shop.now)
    again = both.replace(b"1,A-1,2026-03-30,paid", b"1,A-1,2026-03-30,refunded")
    plan = await reports(shop).apply_redemptions(GUILD, discount.id, again, HOST, shop.now)
    assert (plan.new, plan.gone) == (1, 1), "the shop took the code once more"
    assert (await reports(shop).report(GUILD, discount.id, shop.now)).redeemed == 2


async def test_a_day_of_a_sale_without_a_year_is_a_past_one(shop: Shop) -> None:
    discount = await shop.create()
    await reports(shop).redeem_one(GUILD, discount.id, "9", "March 12", HOST, shop.now, by_code=False)
    [day] = (await reports(shop).report(GUILD, discount.id, shop.now)).per_day
    assert day == Day(date(2026, 3, 12), redeemed=1)


@pytest.mark.parametrize(
    ("typed", "day", "by_code"),
    [
        ("NOPE", "", True),
        ("A-1", "2027-01-01", True),
        ("A-1", "tomorrow", True),
        ("A-1", "whenever", True),
        ("a@b.example", "", False),
        ("Maya Lind", "", False),
    ],
)
async def test_what_a_host_mistypes_is_not_noted(shop: Shop, typed: str, day: str, by_code: bool) -> None:
    discount = await shop.pool("A-1")
    with pytest.raises(errors.UnknownReferenceError) as caught:
        await reports(shop).redeem_one(GUILD, discount.id, typed, day, HOST, shop.now, by_code=by_code)
    assert typed not in caught.value.message
    assert (await reports(shop).report(GUILD, discount.id, shop.now)).redeemed == 0


async def test_a_bad_line_of_a_shop_s_file_leaves_everything_as_it_was(shop: Shop) -> None:
    discount = await shop.pool("A-1")
    with pytest.raises(errors.ImportLineError, match="Line 2 "):
        await reports(shop).apply_redemptions(GUILD, discount.id, b"A-1,2026-04-01\nA-2,\n", HOST, shop.now)
    assert (await reports(shop).report(GUILD, discount.id, shop.now)).redeemed == 0


async def test_the_export_has_who_has_which_code_and_no_formula(shop: Shop) -> None:
    await shop.services.communities.set_time_zone(GUILD, "America/New_York")
    discount = await shop.pool("=A1", "B-2")
    await shop.claim(discount, MAYA)
    await shop.claim(discount, KOFI)
    await shop.discounts.revoke(GUILD, discount.id, KOFI, HOST, shop.now)
    await shop.services.privacy.forget(GUILD, KOFI, shop.now)
    await reports(shop).redeem_one(GUILD, discount.id, "=A1", "", HOST, shop.now, by_code=True)
    await reports(shop).redeem_one(GUILD, discount.id, "+49", "", HOST, shop.now, by_code=False)

    async def named(member_ids: Sequence[int]) -> dict[int, str]:
        return dict(zip(member_ids, ["=Maya()"], strict=True))

    content = await reports(shop).export(GUILD, discount.id, HOST, shop.now, named)
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows == [
        ["name", "mention", "code", "claimed", "taken back", "redeemed", "order"],
        ["'=Maya()", f"<@{MAYA}>", "'=A1", "2026-04-01 08:00", "", "2026-04-01", ""],
        ["forgotten", "", "B-2", "2026-04-01 08:00", "2026-04-01 08:00", "", ""],
        ["", "", "", "", "", "2026-04-01", "'+49"],
    ]
    [entry] = await reports(shop).audit(GUILD, discount.id, 1)
    assert (entry.action, entry.actor_id, entry.details) == (AuditAction.EXPORT, HOST, "2 claims")


async def test_the_log_has_everything_in_pages_and_never_a_code(shop: Shop) -> None:
    discount = await shop.pool("HUSH-1", conditions=Conditions((NAMED,)))
    await shop.discounts.edit(
        GUILD, discount.id, shop.draft(name="Pool", kind=discount.kind, secret="", conditions=Conditions((NAMED,))),
        HOST, shop.now,
    )  # fmt: skip
    await shop.cards.post(GUILD, discount.id, 20, HOST, shop.now)
    await shop.discounts.grant(GUILD, discount.id, MAYA, HOST, shop.now)
    await shop.claim(discount)
    await shop.claim(discount)
    await shop.discounts.revoke(GUILD, discount.id, MAYA, HOST, shop.now)
    await reports(shop).redeem_one(GUILD, discount.id, "HUSH-1", "", HOST, shop.now, by_code=True)
    await reports(shop).export(GUILD, discount.id, HOST, shop.now, nobody)
    await shop.discounts.pause(GUILD, discount.id, HOST, shop.now)
    await shop.discounts.resume(GUILD, discount.id, HOST, shop.now)
    await shop.discounts.end(GUILD, discount.id, HOST, shop.now + timedelta(1))
    await shop.discounts.set_opt_out(GUILD, MAYA, True, shop.now)
    await shop.discounts.set_opt_out(GUILD, MAYA, True, shop.now)
    await shop.discounts.set_opt_out(GUILD, MAYA, False, shop.now)
    first = await reports(shop).audit(GUILD, None, 10)
    rest = await reports(shop).audit(GUILD, None, 10, first[-1].id)
    numbers = [entry.details for entry in (*rest, *first) if entry.action in (AuditAction.REDEEM, AuditAction.EXPORT)]
    assert sorted(numbers) == ["1 claim", "1 sale"]
    assert [entry.action for entry in (*first, *rest)][::-1] == [
        AuditAction.CREATE, AuditAction.IMPORT, AuditAction.EDIT, AuditAction.POST, AuditAction.GRANT,
        AuditAction.CLAIM, AuditAction.REVEAL, AuditAction.REVOKE, AuditAction.REDEEM, AuditAction.EXPORT,
        AuditAction.PAUSE, AuditAction.RESUME, AuditAction.END, AuditAction.OPT_OUT, AuditAction.OPT_IN,
    ]  # fmt: skip
    assert "HUSH" not in str(first) + str(rest)
    assert await reports(shop).audit(OTHER_GUILD, None, 10) == []


async def test_the_log_stays_when_members_are_forgotten_but_names_them_no_longer(shop: Shop) -> None:
    discount = await shop.create()
    await shop.claim(discount)
    await shop.services.privacy.forget(GUILD, MAYA, shop.now)
    await shop.services.privacy.forget(GUILD, HOST, shop.now)
    log = await reports(shop).audit(GUILD, discount.id, 10)
    assert [(entry.action, entry.actor_id, entry.member_id) for entry in log] == [
        (AuditAction.CLAIM, None, None), (AuditAction.CREATE, None, None),
    ]  # fmt: skip
    assert (await shop.discounts.get(GUILD, discount.id)).created_by_id is None
