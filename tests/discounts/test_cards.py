"""Cards of discounts in channels: put there, and drawn anew as hosts, members, prices and time change them."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.discounts import errors
from bot.discounts.card_service import POST
from bot.discounts.report_rules import AuditAction
from bot.discounts.rules import CodeKind
from bot.outbox.rules import Post, PostState, Sent
from bot.programs.rules import Price
from tests.discounts.shop import CHANNEL, DAY, GUILD, HOST, KOFI, MAYA, Shop, local, open_shop

SECOND = timedelta(seconds=1)


async def sent(shop: Shop, now: datetime) -> list[Post]:
    """What the outbox sends or draws anew now."""
    done = await shop.services.outbox.list_due(now)
    for post in done:
        await shop.services.outbox.begin_attempt(post, "looks", now)
        await shop.services.outbox.finish_attempt(post, Sent(post.message_id or 7000 + post.id), now)
    return done


async def posted(shop: Shop, discount: Any) -> Any:
    await shop.cards.post(GUILD, discount.id, CHANNEL, HOST, shop.now)
    [post] = await sent(shop, shop.now)
    assert (post.kind, post.subject_id, post.channel_id) == (POST, discount.id, CHANNEL)
    assert await sent(shop, shop.now) == []
    return post


async def test_a_posted_card_is_drawn_anew_soon_after_a_claim_and_at_once_when_it_sold_out(shop: Shop) -> None:
    discount = await shop.pool("A", "B")
    await posted(shop, discount)
    await shop.claim(discount, MAYA)
    assert await sent(shop, shop.now + timedelta(seconds=29)) == []
    [again] = await sent(shop, shop.now + timedelta(seconds=30))
    assert again.state is PostState.REVISING
    await shop.claim(discount, KOFI)
    assert len(await sent(shop, shop.now + SECOND)) == 1, "sold out"


async def test_a_card_is_put_in_a_channel_once_more_only_where_that_is_wanted(shop: Shop) -> None:
    discount, other = await shop.create(), await shop.create(name="Other", secret="OTHER-1")

    async def put(discount: Any, channel_id: int = CHANNEL, **more: Any) -> Post | None:
        return await shop.cards.post(GUILD, discount.id, channel_id, HOST, shop.now, **more)

    assert await put(discount) is None
    waiting = await put(discount)
    assert waiting is not None
    assert waiting.message_id is None
    [first] = await sent(shop, shop.now)
    standing = await put(discount)
    assert standing is not None
    assert (standing.id, standing.message_id) == (first.id, 7000 + first.id)
    assert [await put(other), await put(discount, CHANNEL + 1), await put(discount, once_more=True)] == [None] * 3
    log = await shop.services.discount_reports.audit(GUILD, discount.id, 9)
    assert [entry.action for entry in log].count(AuditAction.POST) == 3


async def test_every_change_by_a_host_draws_every_card_anew(shop: Shop) -> None:
    discount = await shop.pool("A")
    await posted(shop, discount)
    await shop.cards.post(GUILD, discount.id, CHANNEL + 1, HOST, shop.now)
    await sent(shop, shop.now)
    draft = shop.draft(name="Pool", kind=CodeKind.POOL, secret="", cap=1)
    for change in (
        shop.discounts.edit(GUILD, discount.id, draft, HOST, shop.now),
        shop.fill(discount, "B"),
        shop.discounts.pause(GUILD, discount.id, HOST, shop.now),
        shop.discounts.resume(GUILD, discount.id, HOST, shop.now),
        shop.discounts.end(GUILD, discount.id, HOST, shop.now),
    ):
        await change
        assert len(await sent(shop, shop.now)) == 2, change
    with pytest.raises(errors.AlreadyOverError):
        await shop.cards.post(GUILD, discount.id, CHANNEL, HOST, shop.now)


async def test_a_card_changes_by_itself_at_start_at_another_price_and_at_the_end(shop: Shop) -> None:
    change = local("2026-04-15 00:00")
    programs = shop.services.programs
    await programs.put_price(GUILD, shop.program.id, Price("early", 9700, "USD", until=change))
    starts, ends = local("2026-04-10 00:00"), local("2026-05-01 00:00")
    discount = await shop.create(starts=starts, ends=ends)
    await posted(shop, discount)
    assert await shop.cards.turn(shop.now) == 0
    for instant in (starts.instant, change.instant, ends.instant):
        assert await shop.cards.next_turn_at() == instant
        assert await shop.cards.turn(instant - SECOND) == 0
        assert await shop.cards.turn(instant) == 1
        assert len(await sent(shop, instant)) == 1
    assert await shop.cards.next_turn_at() is None


async def test_what_came_due_while_the_bot_was_away_is_made_up_for_once(shop: Shop) -> None:
    discount = await shop.create(starts=local("2026-04-10 00:00"), ends=local("2026-05-01 00:00"))
    await posted(shop, discount)
    late = shop.now + 90 * DAY
    assert await shop.cards.turn(late) == 1
    assert len(await sent(shop, late)) == 1
    assert await shop.cards.turn(late) == 0


async def test_a_process_turns_the_cards_of_its_own_shards(shop: Shop) -> None:
    await shop.create(ends=local("2026-04-02 00:00"))
    other = await open_shop(shop.services.database, shop.now, shard_count=2, shard_ids=(1,))
    assert GUILD >> 22 == 0
    assert await other.cards.next_turn_at() is None
    assert await other.cards.turn(shop.now + 9 * DAY) == 0
    assert await shop.cards.turn(shop.now + 9 * DAY) == 1


async def test_one_discount_that_fails_keeps_no_other_from_turning(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = await shop.create(ends=local("2026-04-02 00:00"))
    second = await shop.create(name="Second", ends=local("2026-04-03 00:00"))
    await posted(shop, second)
    whole = shop.cards.redraw

    async def redraw(tx: Any, discount: Any, *rest: Any) -> None:
        if discount.id == first.id:
            raise RuntimeError("unforeseen")
        await whole(tx, discount, *rest)

    monkeypatch.setattr(shop.cards, "redraw", redraw)
    with caplog.at_level(logging.ERROR):
        await shop.cards.turn(shop.now + 9 * DAY)
    assert f"discount={first.id}" in caplog.text
    assert len(await sent(shop, shop.now + 9 * DAY)) == 1


async def test_a_price_that_falls_below_the_discount_shows_on_its_card(shop: Shop) -> None:
    await posted(shop, await shop.create())
    await shop.services.programs.put_price(GUILD, shop.program.id, Price("late", 4000, "USD"), replacing="late")
    assert len(await sent(shop, shop.now)) == 1
