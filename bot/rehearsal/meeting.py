"""The session of the sample world, and what was asked for it, as hosts and members would have done."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.client import Services
from bot.local_time import LocalTime
from bot.rehearsal.world import World, WorldPlan
from bot.sessions.question_rules import Asker
from bot.sessions.rules import Place, PlaceKind, Session


async def plan_session(services: Services, world: World, plan: WorldPlan) -> None:
    """Do what a host does with /session create, and members with /ask."""
    now, wanted = services.clock.now(), plan.session
    [program] = await services.programs.list_active(world.guild.id)
    people = {person.name: person.id for person in world.people.values()}
    starts = (now + timedelta(hours=wanted.starts_in_hours)).astimezone(ZoneInfo(plan.time_zone))
    draft = Session(
        id=0,
        guild_id=world.guild.id,
        title=wanted.title,
        description=wanted.description,
        starts=LocalTime(starts.replace(tzinfo=None, second=0, microsecond=0), plan.time_zone, starts.fold),
        length=timedelta(minutes=wanted.minutes),
        place=Place(PlaceKind.LINK, link=wanted.link),
        host_ids=tuple(people[name] for name in wanted.hosts),
        created_by_id=world.host.id,
        program_id=program.id,
    )
    session = await services.sessions.create(draft, now)
    for question in wanted.questions:
        await services.questions.ask(
            world.guild.id, session.id, Asker(people[question.by]), question.text, "", False, now
        )
