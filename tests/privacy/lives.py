"""A life in a guild that leaves something in every table: what hosts and members do, room by room."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table

from bot.client import Services
from bot.communities.rules import ChannelPurpose
from bot.db import Base
from bot.discounts import rules as discount_rules
from bot.discounts.rules import Claimant, CodeKind, Condition, ConditionKind, Conditions
from bot.feeds.documents import Document, Entry, Page
from bot.feeds.finding import Found
from bot.greeting.rules import Answers
from bot.impostors.rules import Decision, Person
from bot.local_time import LocalTime
from bot.outbox.rules import DIRECT, Closed, Post, PostState, Sent, Withdrawn
from bot.programs.rules import Draft, Price
from bot.sessions.question_rules import Asker
from bot.sessions.rules import Coming, Place, PlaceKind, Session
from bot.sessions.schedule_rules import Pattern
from bot.snowflakes import snowflake_at

GUILD, OTHER_GUILD, WELCOME, INTRODUCTIONS, HOSTS, QUESTIONS = 10, 11, 20, 21, 22, 23
MAYA, KOFI, INES = 100_000_000_000_000_031, 100_000_000_000_000_032, 100_000_000_000_000_033
NOOR = 100_000_000_000_000_034
KEY = "0" * 43 + "="
SOON, DAY = timedelta(minutes=1), timedelta(days=1)


async def live(rooms: Services, guild_id: int, now: datetime) -> None:
    """Join together, introduce oneself, say hi to each other, and agree to notes."""
    people = (MAYA, KOFI, INES)
    for member in people:
        await rooms.arrivals.welcome(guild_id, member, joined_at=now, pending=False, now=now)
    await send_all(rooms, now + SOON)
    for member in people:
        inviter = MAYA if member != MAYA else KOFI
        answers = Answers("A book", "Editing", "Titles", "example.com", inviter)
        await rooms.greeting.introduce(guild_id, member, answers, now)
        await rooms.members.set_consent(guild_id, member, agrees=True, joined_at=now, now=now)
    await send_all(rooms, now + SOON)
    for introduced, greeter in ((MAYA, KOFI), (KOFI, MAYA), (INES, KOFI)):
        await rooms.greeting.say_hello(guild_id, introduced, greeter, thread_id=introduced + 1000, now=now)
    await host(rooms, guild_id, now)
    await send_all(rooms, now + SOON)
    await write(rooms, guild_id, now)
    await send_all(rooms, now + SOON)
    await teach(rooms, guild_id, now)
    await talk(rooms, guild_id, now)
    await give(rooms, guild_id, now)
    await meet(rooms, guild_id, now)
    await send_all(rooms, now + SOON)


async def host(rooms: Services, guild_id: int, now: datetime) -> None:
    """Be hosts, look like one another, and say that this is fine."""
    people = {
        member: Person(guild_id, member, ("Carol",), is_owner=member != KOFI, joined_at=now)
        for member in (MAYA, INES, KOFI)
    }
    for person in people.values():
        await rooms.impostors.observe(person, now)
    kofi, like_maya = people[KOFI], replace(people[MAYA], is_owner=False)
    for newcomer, alike in ((kofi, people[MAYA]), (kofi, people[INES]), (like_maya, people[INES])):
        found = await rooms.impostors.watch(newcomer, [alike], now)
        assert found is not None
        if alike is people[INES] and newcomer is kofi:
            await rooms.impostors.decide(guild_id, found, Decision.FINE, MAYA, now)


async def write(rooms: Services, guild_id: int, now: datetime) -> None:
    """Have blogs, one's own or another's, and answer under their posts."""
    hers = await rooms.feeds.propose(guild_id, blog("maya"), MAYA, now)
    await rooms.feeds.decide(guild_id, hers.id, approve=True, now=now)
    credited = await rooms.feeds.follow(guild_id, blog("hosts"), INTRODUCTIONS, now, author_id=MAYA)
    another = await rooms.feeds.follow(guild_id, blog("kofi"), INTRODUCTIONS, now, author_id=KOFI)
    for feed in (hers, credited, another):
        await rooms.feeds.post_latest(guild_id, feed.id, None, now)
    await send_all(rooms, now + SOON)
    for post, _, message_id in await rooms.feed_posts.wanting_thread(now):
        if post.feed.guild_id == guild_id:
            await rooms.feed_posts.opened(post, message_id, now)
            for member in (MAYA, KOFI, INES):
                await rooms.feed_posts.hear(guild_id, post.id, member, now)


async def teach(rooms: Services, guild_id: int, now: datetime) -> None:
    """Have a program; what it holds is about nobody."""
    program = await rooms.programs.create(guild_id, Draft("Break Out of Your Bubble"), now)
    await rooms.programs.put_price(guild_id, program.id, Price("late", 14700, "USD"))
    await rooms.programs.add_recording(guild_id, program.id, "Week 1", "https://example.com/1", "62 min")


async def give(rooms: Services, guild_id: int, now: datetime) -> None:
    """Make discounts, name each other for them, have codes, and want none any more."""
    [program] = await rooms.programs.list_active(guild_id)
    asks = Conditions((Condition(ConditionKind.NAMED),))
    draft = discount_rules.Draft(program.id, "Ten off", CodeKind.POOL, percent=10, conditions=asks)
    discount = await rooms.discounts.create(guild_id, draft, MAYA, now)
    content = b"UNIQUE-1\nUNIQUE-2"
    await rooms.code_imports.apply(guild_id, discount.id, content, MAYA, now, lambda _done, _of: asyncio.sleep(0))
    await rooms.discount_cards.post(guild_id, discount.id, INTRODUCTIONS, MAYA, now)
    for host, member in ((MAYA, KOFI), (KOFI, MAYA)):
        await rooms.discounts.grant(guild_id, discount.id, member, host, now)
        await rooms.discounts.claim(guild_id, discount.id, Claimant(member, now - 9 * DAY, now - DAY), now)
        await rooms.discounts.set_opt_out(guild_id, member, True, now)
    await rooms.discount_reports.redeem_one(guild_id, discount.id, "UNIQUE-1", "", KOFI, now, by_code=True)


async def talk(rooms: Services, guild_id: int, now: datetime) -> None:
    """Reply to each other in a thread, and have a level and helpful marks."""
    held = rooms.counts.tally.of(guild_id)
    await rooms.counts.begin(held, now - DAY)
    held.begin_reading({}, 0)
    held.parents[INTRODUCTIONS + 1] = INTRODUCTIONS
    for number, (author, answered) in enumerate(permutations((MAYA, KOFI, INES), 2)):
        at = snowflake_at(now + number * SOON)
        held.add(at, INTRODUCTIONS + 1, author, 0, answered, at)
    await rooms.counts.write(held, held.ripe(now + 10 * SOON), ZoneInfo("UTC"))
    held.add(snowflake_at(now + 10 * SOON), INTRODUCTIONS, MAYA, 0, KOFI, 0)
    await rooms.counts.ignore(guild_id, HOSTS, now)
    async with rooms.database.transaction() as tx:
        await rooms.counts.forget(tx, guild_id, NOOR, now)
        for giver, receiver in permutations((MAYA, KOFI, INES), 2):
            day = {"guild_id": guild_id, "day": now.date()}
            await tx.execute(table("engagement_helpful").insert(), day | {"giver_id": giver, "receiver_id": receiver})
        older = {"guild_id": guild_id, "low_id": 1, "high_id": MAYA, "day": now.date()}
        await tx.execute(table("engagement_partners").insert(), older)
        await tx.execute(table("engagement_settings").insert(), {"guild_id": guild_id})
        await tx.execute(table("engagement_level_roles").insert(), {"guild_id": guild_id, "level": 1, "role_id": 50})
        for member in (MAYA, KOFI):
            level = {"guild_id": guild_id, "member_id": member, "level": 1}
            await tx.execute(table("engagement_standings").insert(), level)


def table(name: str) -> Table:
    return Base.metadata.tables[name]


async def meet(rooms: Services, guild_id: int, now: datetime) -> None:
    """Plan and host sessions, come to them, ask, vote, answer, note, lift anonymity, be declined."""
    await rooms.communities.set_channel(guild_id, ChannelPurpose.QUESTIONS, QUESTIONS)
    hers = await plan(rooms, guild_id, now, hosts=(MAYA, INES), creator=MAYA, capacity=1)
    full = await plan(rooms, guild_id, now, hosts=(INES, KOFI), creator=INES, capacity=1)
    for first, session in ((KOFI, hers), (MAYA, full)):
        for member in (first, MAYA, INES):
            await rooms.sessions.set_coming(guild_id, session.id, member, Coming.YES, now)
    await rooms.sessions.set_coming(guild_id, hers.id, KOFI, None, now)
    await rooms.sessions.set_reminders(guild_id, [timedelta(minutes=10)], now)
    await rooms.series.repeat(guild_id, hers.id, Pattern.WEEKLY, now)
    await rooms.live.open(guild_id, full.id, now)
    await rooms.attendance.enter(guild_id, full.id, MAYA, now)
    ids = {
        text: (await rooms.questions.ask(guild_id, full.id, Asker(member), text, "", anonymous, now))[0].id
        for text, member, anonymous in (
            ("How do I find time to write?", MAYA, True),
            ("Which book changed your life?", MAYA, False),
            ("Where do you find your readers?", KOFI, False),
            ("Who reads your drafts before us?", KOFI, False),
        )
    }
    answered, waiting, kofis, declined = ids.values()
    await rooms.questions.vote(guild_id, kofis, Asker(MAYA), now)
    await rooms.questions.vote(guild_id, waiting, Asker(KOFI), now)
    await rooms.moderation.unmask(guild_id, answered, INES, "A threat.", now)
    await rooms.moderation.decline(guild_id, declined, "Asked before.", now)
    await rooms.answering.take(guild_id, full.id, answered, KOFI, now)
    await rooms.answering.finish(guild_id, full.id, answered, now)
    await rooms.answering.note(guild_id, full.id, kofis, MAYA, "Mention the newsletter.", "", now)
    await rooms.live.open(guild_id, hers.id, now)
    asked, _ = await rooms.questions.ask(guild_id, hers.id, Asker(KOFI), "Why do you blog at all?", "", True, now)
    await rooms.answering.take(guild_id, hers.id, asked.id, MAYA, now)
    await rooms.moderation.unmask(guild_id, asked.id, MAYA, "It named a member.", now)


async def plan(
    rooms: Services, guild_id: int, now: datetime, *, hosts: tuple[int, ...], creator: int, capacity: int
) -> Session:
    """A session that starts soon, with its thread."""
    starts = LocalTime((now + timedelta(minutes=30)).replace(tzinfo=None), "UTC")
    place = Place(PlaceKind.STAGE, 50)
    session = await rooms.sessions.create(
        Session(
            0, guild_id, "Out of the bubble", "", starts, timedelta(hours=1), place, hosts, creator, capacity=capacity
        ),
        now,
    )  # fmt: skip
    await rooms.session_events.thread_opened(guild_id, session.id, 60 + session.id, now)
    return session


def blog(name: str) -> Found:
    """A blog with one post."""
    entries = (Entry(f"{name}-1", f"https://{name}.example/1", "On bubbles"),)
    url = f"https://{name}.example/feed"
    return Found(url, Document(f"{name}'s blog", f"https://{name}.example", entries), Page(url, b""))


async def send_all(rooms: Services, now: datetime) -> list[Post]:
    """Let the outbox do all it has to do; what it did."""
    done: list[Post] = []
    while due := await rooms.outbox.list_due(now):
        for post in due:
            await rooms.outbox.begin_attempt(post, "looks", now)
            await rooms.outbox.finish_attempt(post, outcome_of(post), now)
            done.append(post)
        now += timedelta(seconds=11)
    return done


def outcome_of(post: Post) -> Any:
    if post.state is PostState.REMOVING:
        return Withdrawn()
    return Closed() if post.channel_id == DIRECT else Sent(post.message_id or 7000 + post.id)
