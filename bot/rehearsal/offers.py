"""The program of the sample world, its recordings and its discounts, as a host would have set them up."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.client import Services
from bot.discounts.rules import CodeKind, Draft
from bot.local_time import LocalTime, end_of
from bot.money import parse_amount
from bot.programs.rules import Draft as ProgramDraft
from bot.programs.rules import Price, Program
from bot.rehearsal.world import DiscountPlan, ProgramPlan, World, WorldPlan


async def offer(services: Services, world: World, plan: WorldPlan) -> None:
    """Do what a host does with /program and /discount."""
    now, zone = services.clock.now(), ZoneInfo(plan.time_zone)
    program = await _program(services, world, plan.program, zone, now)
    for discount in plan.discounts:
        await _discount(services, world, program, discount, zone, now)


async def _program(services: Services, world: World, plan: ProgramPlan, zone: ZoneInfo, now: datetime) -> Program:
    programs, guild_id = services.programs, world.guild.id
    role = world.roles[plan.role]
    draft = ProgramDraft(plan.name, plan.summary, plan.included, plan.register_url, role.id)
    program = await programs.create(guild_id, draft, now)
    for price in plan.prices:
        until = None if price.until_days is None else _end_of_day(price.until_days, zone, now)
        amount = parse_amount(price.amount, price.currency)
        program = await programs.put_price(
            guild_id, program.id, Price(price.label, amount, price.currency, until=until)
        )
    for recording in plan.recordings:
        await programs.add_recording(
            guild_id, program.id, recording.title, recording.link, recording.length, recording.passcode
        )
    return program


async def _discount(
    services: Services, world: World, program: Program, plan: DiscountPlan, zone: ZoneInfo, now: datetime
) -> None:
    guild_id, host_id, currency = world.guild.id, world.host.id, program.prices[-1].currency
    draft = Draft(
        program.id,
        plan.name,
        CodeKind.SHARED if plan.code else CodeKind.POOL,
        percent=plan.percent,
        amount_off=parse_amount(plan.amount_off, currency) if plan.amount_off else None,
        currency=currency,
        ends=_end_of_day(plan.ends_days, zone, now),
        note=plan.note,
        secret=plan.code,
    )
    discount = await services.discounts.create(guild_id, draft, host_id, now)
    if plan.codes:
        codes = "\n".join(f"BUBBLE-{number:04d}" for number in range(1, plan.codes + 1))
        await services.code_imports.apply(guild_id, discount.id, codes.encode(), host_id, now, _silent)
    if plan.channel is not None:
        await services.discount_cards.post(guild_id, discount.id, world.channels[plan.channel].id, host_id, now)


async def _silent(_done: int, _all: int) -> None:
    """Twenty codes need no progress bar."""


def _end_of_day(days: int, zone: ZoneInfo, now: datetime) -> LocalTime:
    return end_of(now.astimezone(zone).date() + timedelta(days=days), zone)
