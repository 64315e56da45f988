"""`/greeting stats`, as a host sees it."""

import asyncio
import io
import time
from datetime import timedelta

import pytest
import simcord
from PIL import Image
from sqlalchemy import text

from bot.greeting.answer_rules import Funnel
from bot.greeting.rules import Answers
from cogs.greeting import charts, stats
from tests.cogs.test_introductions import introduce
from tests.simkit import Stage

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOLD = Answers("A book", "Editing", "Titles")


async def ask(stage: Stage, **options: int) -> simcord.results.ResponseMessage:
    answer = await stage.carol.slash(stage.hosts, "greeting stats", **options)
    assert answer.ephemeral
    return (answer.followups or [answer.response])[-1]  # type: ignore[return-value]


async def some_weeks(stage: Stage) -> dict[str, int]:
    """Everybody's id: of Zoe, whom Adam answered after an hour, and of ten guests, whom Zoe answered after two."""
    names = ["Zoe", "Adam", *(f"guest {number}" for number in range(9))]
    people = {name: stage.guild.add_member(stage.env.create_user(name)).id for name in names}
    await forget_arrivals(stage)
    guild, now = stage.guild.id, stage.now()
    greeting, answers = stage.bot.services.greeting, stage.bot.services.answers
    for name, member in people.items():
        at = now - (DAY if name.startswith("guest") else 20 * DAY)
        await stage.bot.services.arrivals.welcome(guild, member, joined_at=at, pending=False, now=at)
    await greeting.introduce(guild, people["Zoe"], TOLD, now - 19 * DAY)
    await answers.answer(guild, people["Zoe"], people["Adam"], now - 19 * DAY + HOUR)
    await greeting.introduce(guild, people["guest 0"], TOLD, now - 4 * HOUR)
    await greeting.introduce(guild, people["guest 1"], TOLD, now - 4 * HOUR)
    await answers.answer(guild, people["guest 1"], people["Zoe"], now - 2 * HOUR)
    return people


async def forget_arrivals(stage: Stage) -> None:
    """Whoever is here was here before the bot."""
    await stage.moment()
    async with stage.bot.services.database.transaction() as tx:
        await tx.execute(text("DELETE FROM members"))


async def test_a_host_sees_how_newcomers_fared_in_words_and_as_a_picture(stage: Stage) -> None:
    await some_weeks(stage)
    shown = await ask(stage)
    assert shown.content.splitlines() == [
        "In the last **7 days** 9 people joined, 9 were greeted, 2 introduced themselves and 1 was answered by a "
        "person. The median time to an answer was 2 hours.",
        "In the last **30 days** 11 people joined, 11 were greeted, 3 introduced themselves and 2 were answered by a "
        "person. The median time to an answer was 1 hour 30 minutes.",
        "In the last **90 days** 11 people joined, 11 were greeted, 3 introduced themselves and 2 were answered by a "
        "person. The median time to an answer was 1 hour 30 minutes.",
        "",
        "Adam and Zoe answered most in the last 30 days. A word of thanks goes a long way.",
    ]
    [picture] = shown.attachments
    assert picture.description is not None
    assert picture.description.startswith("In the last 7 days 9 people joined")
    drawn = Image.open(io.BytesIO(await picture.read()))
    assert (drawn.format, drawn.size) == ("PNG", (charts.WIDTH, charts.HEIGHT))
    assert picture.size < 200_000


async def test_whom_to_thank_is_asked_for_a_period(stage: Stage) -> None:
    await some_weeks(stage)
    assert "\nZoe answered most in the last 7 days." in (await ask(stage, days=7)).content
    assert "Adam and Zoe answered most in the last 90 days." in (await ask(stage, days=90)).content


async def test_one_who_left_is_not_named(stage: Stage) -> None:
    people = await some_weeks(stage)
    stage.env.backend.remove_member(stage.guild.id, people["Adam"])
    await stage.env.settle()
    assert "\nZoe answered most" in (await ask(stage)).content


async def test_a_small_server_reads_sentences(stage: Stage) -> None:
    await forget_arrivals(stage)
    await introduce(stage, await stage.join("maya"))
    await stage.carol.click(stage.introductions.last_message, label="Say hi")
    shown = await ask(stage)
    assert shown.attachments == []
    assert "In the last **7 days** 1 person joined, 1 was greeted, 1 introduced themselves and 1 was" in shown.content
    assert "You answered most in the last 30 days. Thank you." in shown.content


async def test_where_nobody_joined_there_is_no_empty_chart(stage: Stage) -> None:
    for number in range(12):
        stage.guild.add_member(stage.env.create_user(f"old {number}"))
    await forget_arrivals(stage)
    shown = await ask(stage)
    assert shown.attachments == []
    assert shown.content.splitlines() == [f"In the last **{days} days** nobody joined." for days in (7, 30, 90)]


def test_at_most_three_are_thanked_without_a_number_or_an_order_that_means_anything() -> None:
    assert stats.thanks(["Ann", "Ben", "Cid"], 30).startswith("\nAnn, Ben and Cid answered most in the last 30 days.")
    assert stats.thanks([], 30) == ""


@pytest.mark.parametrize(
    "funnel", [Funnel(7, 0, 0, 0, 0), Funnel(7, 999_999, 999_999, 10**5, 10**4, timedelta(days=1, hours=23))]
)
def test_any_numbers_make_a_picture(funnel: Funnel) -> None:
    drawn = Image.open(io.BytesIO(charts.draw([funnel] * 3)))
    assert drawn.size == (charts.WIDTH, charts.HEIGHT)
    edge = {drawn.convert("RGB").getpixel((charts.WIDTH - 1, y)) for y in range(charts.HEIGHT)}
    assert len(edge) == 1, "nothing sticks out"


def test_a_taller_bar_is_a_bigger_number() -> None:
    def coloured(answered: int) -> int:
        picture = Image.open(io.BytesIO(charts.draw([Funnel(7, 10, 10, 10, answered)]))).convert("RGB")
        return sum(count for count, colour in picture.getcolors(1 << 20) or [] if colour == (0xC0, 0x65, 0x3A))

    assert coloured(9) > 2.5 * coloured(3) > 0


async def test_drawing_keeps_nobody_waiting() -> None:
    longest, done = 0.0, asyncio.Event()

    async def beat() -> None:
        nonlocal longest
        while not done.is_set():
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - began)

    heart = asyncio.create_task(beat())
    began = time.perf_counter()
    await stats.chart_of([Funnel(days, 5, 4, 3, 2, timedelta(hours=1)) for days in (7, 30, 90)])
    took = time.perf_counter() - began
    done.set()
    await heart
    assert longest < max(took / 2, 0.05)
