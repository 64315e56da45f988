"""Codes from files into pools: all of them or none."""

import logging

import pytest

from bot.discounts import errors
from bot.discounts.report_rules import AuditAction, ImportPlan
from tests.discounts.shop import DAY, GUILD, HOST, MAYA, OTHER_GUILD, SECRET, Shop, local, nobody, nobody_listens


async def test_a_dry_run_tells_what_would_happen_and_writes_nothing(shop: Shop) -> None:
    discount = await shop.pool("A", "B")
    other = await shop.pool("C", name="Other")
    imports = shop.services.code_imports
    plan = await imports.plan(GUILD, discount.id, b"code\nA\nb\nC\nD\nD\nE\n")
    assert plan == ImportPlan(new=2, repeated=1, already_known=2, lines=6, is_titled=True, elsewhere=1)
    assert (await shop.discounts.get(GUILD, discount.id)).in_pool == 2
    assert (await shop.discounts.get(GUILD, other.id)).in_pool == 1


async def test_an_import_adds_what_is_new_once(shop: Shop) -> None:
    discount = await shop.pool()
    for expected in (3, 0):
        assert (await shop.fill(discount, "A", "B", "C")).new == expected
        assert (await shop.discounts.get(GUILD, discount.id)).in_pool == 3
    await shop.fill(discount, "D")
    log = await shop.services.discount_reports.audit(GUILD, discount.id, 10)
    assert [entry.details for entry in log if entry.action is AuditAction.IMPORT] == [
        "1 new code", "0 new codes", "3 new codes",
    ]  # fmt: skip


async def test_a_bad_line_leaves_everything_as_it_was(shop: Shop) -> None:
    discount = await shop.pool("A")
    with pytest.raises(errors.ImportLineError, match="Line 3 "):
        await shop.fill(discount, "B", "C", "D E")
    assert (await shop.discounts.get(GUILD, discount.id)).in_pool == 1


async def test_progress_is_told_up_to_the_last_code(shop: Shop) -> None:
    discount, heard = await shop.pool(), list[tuple[int, int]]()

    async def hear(done: int, of: int) -> None:
        heard.append((done, of))
        assert (await shop.discounts.get(GUILD, discount.id)).in_pool == 0, "nothing is there until all of it is"

    content = "\n".join(f"C{number}" for number in range(2500)).encode()
    await shop.services.code_imports.apply(GUILD, discount.id, content, HOST, shop.now, hear)
    assert heard == [(1000, 2500), (2000, 2500), (2500, 2500)]
    assert (await shop.discounts.get(GUILD, discount.id)).in_pool == 2500


async def test_the_largest_import_is_taken_whole_and_a_code_of_it_can_be_had(shop: Shop) -> None:
    discount = await shop.pool()
    codes = [f"BUBBLE-{number:05}" for number in range(50_000)]
    assert (await shop.fill(discount, *codes)).new == 50_000
    assert (await shop.discounts.get(GUILD, discount.id)).in_pool == 50_000
    assert (await shop.claim(discount)).code in codes
    with pytest.raises(errors.UnreadableFileError, match="50,000"):
        await shop.fill(discount, *codes, "ONE-MORE")


async def test_an_import_that_is_cut_short_leaves_nothing(shop: Shop) -> None:
    discount = await shop.pool()

    async def fail(_done: int, _of: int) -> None:
        raise RuntimeError("the host's connection is gone")

    with pytest.raises(RuntimeError):
        await shop.services.code_imports.apply(GUILD, discount.id, b"A\nB", HOST, shop.now, fail)
    assert (await shop.discounts.get(GUILD, discount.id)).in_pool == 0


async def test_only_a_pool_of_this_guild_takes_codes(shop: Shop) -> None:
    shared, pool = await shop.create(), await shop.pool()
    with pytest.raises(errors.NotAPoolError):
        await shop.fill(shared, "A")
    with pytest.raises(errors.NoSuchDiscountError):
        await shop.services.code_imports.plan(OTHER_GUILD, pool.id, b"A")


async def test_a_discount_that_was_ended_for_good_takes_no_codes(shop: Shop) -> None:
    pool = await shop.pool("A", ends=local("2026-05-01 00:00"))
    late = shop.now + 90 * DAY
    await shop.services.code_imports.apply(GUILD, pool.id, b"B", HOST, late, nobody_listens)
    await shop.discounts.end(GUILD, pool.id, HOST, shop.now)
    with pytest.raises(errors.AlreadyOverError, match="for good"):
        await shop.services.code_imports.plan(GUILD, pool.id, b"C")
    with pytest.raises(errors.AlreadyOverError):
        await shop.fill(pool, "C")
    assert (await shop.fill(await shop.pool(name="Other"), "C")).new == 1


async def test_a_code_that_was_given_out_is_not_imported_again(shop: Shop) -> None:
    discount = await shop.pool("A")
    await shop.claim(discount)
    await shop.discounts.revoke(GUILD, discount.id, MAYA, HOST, shop.now)
    assert (await shop.fill(discount, "A", "a")).new == 0
    assert (await shop.fill(await shop.pool(name="Other"), "A")).new == 0


async def test_a_code_that_everybody_has_of_another_discount_goes_into_no_pool(shop: Shop) -> None:
    shared = await shop.create(secret="SOCIAL-1")
    pool = await shop.pool("A")
    plan = await shop.services.code_imports.plan(GUILD, pool.id, b"A\nsocial-1\nB\n")
    assert plan == ImportPlan(new=1, repeated=0, already_known=1, lines=3, shared=1)
    assert await shop.fill(pool, "A", "social-1", "B") == plan
    assert (await shop.discounts.get(GUILD, pool.id)).in_pool == 2
    await shop.discounts.end(GUILD, shared.id, HOST, shop.now)
    assert (await shop.fill(pool, "SOCIAL-1")).new == 0, "who had it knows it still"


async def test_a_code_that_everybody_gets_since_the_import_began_stays_out_of_the_pool(shop: Shop) -> None:
    pool = await shop.pool()

    async def share(_done: int, _of: int) -> None:
        await shop.create(secret="SOCIAL-1")

    await shop.services.code_imports.apply(GUILD, pool.id, b"SOCIAL-1\nA", HOST, shop.now, share)
    assert (await shop.claim(pool)).code == "A"
    assert (await shop.discounts.get(GUILD, pool.id)).in_pool == 0


async def test_a_code_of_a_pool_is_not_for_everybody(shop: Shop) -> None:
    await shop.pool("UNIQUE-1")
    draft = shop.draft(secret="unique-1")
    with pytest.raises(errors.CodeOfAPoolError):
        await shop.discounts.check(GUILD, draft, shop.now)
    with pytest.raises(errors.CodeOfAPoolError):
        await shop.discounts.create(GUILD, draft, HOST, shop.now)
    made = await shop.create()
    with pytest.raises(errors.CodeOfAPoolError):
        await shop.discounts.edit(GUILD, made.id, draft, HOST, shop.now)
    assert (await shop.claim(made)).code == SECRET


async def test_no_code_reaches_the_log_or_an_error(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        discount = await shop.pool("HUSH-1", "HUSH-2")
        shared = await shop.create(name="Shared", secret="HUSH-3")
        claimed = [await shop.claim(discount), await shop.claim(shared)]
        await shop.discounts.codes_of(GUILD, MAYA, shop.now)
        with pytest.raises(errors.ImportLineError) as caught:
            await shop.fill(discount, "HUSH-4 x")
        with pytest.raises(errors.CodeInPublicError) as public:
            await shop.create(name="Take hush-5", secret="HUSH-5")
        await shop.services.discount_reports.export(GUILD, discount.id, HOST, shop.now, nobody)
    told = [caplog.text, repr(claimed), repr(shop.draft(secret="HUSH-6")), repr(caught.value), repr(public.value)]
    assert not [text for text in told if "HUSH" in text.upper()]
