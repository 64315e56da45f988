"""What a recap and an export say, to the letter."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from bot.local_time import LocalTime
from bot.sessions import recap_rules as rules
from bot.sessions.calendar import calendar_file
from bot.sessions.recap_rules import Recap, Told
from bot.sessions.rules import Place, PlaceKind, Question, QuestionState, Session, SessionState
from bot.ui.text import safe_within

AT = datetime(2026, 5, 1, 23, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CAROL, WALTER, MAYA, KOFI, NOOR = 1, 2, 3, 4, 5
NAMES = {CAROL: "Carol", WALTER: "Walter", MAYA: "Maya", KOFI: "Kofi", NOOR: "Noor"}
SESSION = Session(
    7, 10, "Break Out of Your Bubble", "", LocalTime(datetime(2026, 5, 1, 19), "America/New_York"),  # noqa: DTZ001 - a wall clock
   
    timedelta(hours=1), Place(PlaceKind.STAGE, 20), (CAROL, WALTER), state=SessionState.CLOSED, opened_at=AT,
    closed_at=AT + timedelta(hours=1),
)  # fmt: skip


def named(member_id: int | None) -> str:
    return NAMES.get(member_id or 0, "a former member")


def answered(
    number: int, text: str, minute: float, *, by: int = CAROL, asker: int | None = MAYA, **how: object
) -> Question:
    taken = AT + minute * MINUTE
    question = Question(
        number, 10, 7, asker, text, AT - MINUTE, state=QuestionState.ANSWERED, taken_at=taken,
        answered_at=taken + MINUTE, answered_by_id=by,
    )  # fmt: skip
    return replace(question, **how)  # type: ignore[arg-type]


def told(question: Question, **how: object) -> Told:
    askers = () if question.is_anonymous or question.asker_id is None else (question.asker_id,)
    return replace(Told(question, f"https://d/{question.id}", asker_ids=askers), **how)  # type: ignore[arg-type]


def test_a_recap_is_correct_to_the_letter() -> None:
    first = answered(1, "How do I find my first readers?", 2)
    other = answered(2, "Which *tool* do you use?", 12 + 40 / 60, by=WALTER, asker=KOFI, topic="Tools", others=3)
    secret = answered(3, "Is it normal to be afraid?", 20, asker=NOOR, is_anonymous=True)
    again = answered(4, "Do you draft on paper?", 30, asker=MAYA, topic="tools")
    written = answered(
        5, "What comes after the workshop?", 50, by=WALTER, asker=None, is_written=True, answer_message_id=9
    )
    recap = Recap(
        replace(SESSION, recording_url="https://video/1"),
        [
            told(written, answer_link="https://d/9"), told(again), told(first, away_ids=(MAYA,)),
            told(other, asker_ids=(KOFI, 6, 8)), told(secret),
        ],
        left=2, attended=40,
    )  # fmt: skip
    [page] = rules.pages_of(recap, safe_within)
    assert page.pinged_ids == (MAYA,)
    assert page.text == (
        "5 questions answered with <@1> and <@2>, 40 members took part. 2 questions had no answer yet.\n"
        "**[Watch the recording](<https://video/1>)**\n\n"
        "### Tools\n"
        "**1.** [Which \\*tool\\* do you use?](https://d/2)\n"
        "asked by <@4> and 3 others, answered by <@2>, at 12:40\n\n"
        "**2.** [Do you draft on paper?](https://d/4)\n"
        "asked by <@3>, answered by <@1>, at 30:00\n\n"
        "### More questions\n"
        "**3.** [How do I find my first readers?](https://d/1)\n"
        "asked by <@3>, answered by <@1>, at 2:00\n\n"
        "**4.** [Is it normal to be afraid?](https://d/3)\n"
        "asked by someone anonymous, answered by <@1>, at 20:00\n\n"
        "**5.** [What comes after the workshop?](https://d/5)\n"
        "asked by a former member, answered by <@2> [in writing](https://d/9)\n\n"
        "### Thank you\n"
        "For asking: <@4>, <@6>, <@8> and <@3>."
    )


def test_without_topics_there_is_no_heading_and_without_a_recording_no_offset() -> None:
    [page] = rules.pages_of(Recap(SESSION, [told(answered(1, "How do I find readers?", 2))]), safe_within)
    assert page.text == (
        "1 question answered with <@1> and <@2>.\n\n"
        "**1.** [How do I find readers?](https://d/1)\n"
        "asked by <@3>, answered by <@1>\n\n"
        "### Thank you\nFor asking: <@3>."
    )


@given(st.lists(st.tuples(st.text(min_size=15, max_size=1000), st.sampled_from(["", "Tools", "Fear"])), max_size=70))
def test_every_question_stands_on_one_page_and_every_page_fits(asked: list[tuple[str, str]]) -> None:
    recap = Recap(
        SESSION, [told(answered(number, text, number, topic=topic)) for number, (text, topic) in enumerate(asked, 1)]
    )
    pages = rules.pages_of(recap, safe_within)
    assert all(0 < len(page.text) <= 4096 for page in pages)
    whole = "\n\n".join(page.text for page in pages)
    assert all(whole.count(f"(https://d/{number})") == 1 for number in range(1, len(asked) + 1))
    if len(pages) > 1:
        assert all(page.text.startswith(("###", "**")) for page in pages[1:-1])


def test_an_anonymous_asker_is_named_nowhere() -> None:
    secret = answered(1, "Is it normal to be afraid?", 2, asker=NOOR, is_anonymous=True)
    recap = Recap(SESSION, [told(secret)])
    everything = [
        *(page.text for page in rules.pages_of(recap, safe_within)),
        rules.as_markdown(recap, named, [secret]),
        rules.as_csv(SESSION, [secret], named),
    ]
    assert all("Noor" not in text and f"<@{NOOR}>" not in text for text in everything)
    assert all("anonymous" in text for text in everything)


def test_everybody_who_was_away_is_pinged_once_and_never_more_in_a_message_than_discord_takes() -> None:
    askers = range(100, 230)
    recap = Recap(
        SESSION,
        [told(answered(n, "Which tool do you use?", n, asker=n), away_ids=(n, 100)) for n in askers],
    )
    pinged = [page.pinged_ids for page in rules.pages_of(recap, safe_within)]
    assert sorted(member_id for page in pinged for member_id in page) == list(askers)
    assert max(map(len, pinged)) <= rules.MOST_PINGED


def test_offsets_count_from_the_opening_and_move_with_the_start_of_the_recording() -> None:
    question = answered(1, "How do I find my first readers?", 12 + 40 / 60)
    assert rules.offset_of(SESSION, question) == timedelta(minutes=12, seconds=40)
    moved = replace(SESSION, recording_offset=timedelta(minutes=-13))
    assert rules.offset_of(moved, question) is None
    moved = replace(SESSION, recording_offset=timedelta(hours=1, seconds=25))
    offset = rules.offset_of(moved, question)
    assert offset is not None
    assert rules.offset_text(offset) == "1:13:05"


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("2:30", 150), ("-2:30", -150), ("−2:30", -150), ("+0:05", 5), ("1:02:03", 3723), ("90 s", 90), ("75:00", 4500)],
)
def test_a_place_in_a_recording_is_read_as_people_write_it(typed: str, seconds: int) -> None:
    assert rules.read_offset(typed) == timedelta(seconds=seconds)


@pytest.mark.parametrize("typed", ["", "two", "2:75", "1:75:00", "13:00:00", "2.30"])
def test_what_is_no_place_in_a_recording_is_not_guessed(typed: str) -> None:
    assert rules.read_offset(typed) is None


@given(st.text(max_size=50))
def test_no_cell_of_the_csv_is_taken_for_a_formula(text: str) -> None:
    question = answered(1, text, 2, topic=text, context=text)
    [_, row] = csv.reader(io.StringIO(rules.as_csv(SESSION, [question], named), newline=""))
    assert not any(cell.lstrip(" \u00a0\ufeff").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)
    assert row[1].removeprefix("'") == text or row[1] == text


def test_the_csv_holds_what_is_known_of_each_question() -> None:
    question = answered(1, "=HYPERLINK(1) is what?", 12 + 40 / 60, by=WALTER, votes=5, topic="Tools", others=1)
    waiting = Question(2, 10, 7, None, "What comes after the workshop?", AT)
    rows = list(csv.reader(io.StringIO(rules.as_csv(SESSION, [question, waiting], named), newline="")))
    assert tuple(rows[0]) == rules.COLUMNS
    assert rows[1] == [
        "1", "'=HYPERLINK(1) is what?", "", "Tools", "Maya", "1", "5", "answered", "Walter", "12:40", "",
        "2026-05-01T22:59:00+00:00", "2026-05-01T23:12:40+00:00", "2026-05-01T23:13:40+00:00",
    ]  # fmt: skip
    assert rows[2][4:9] == ["a former member", "0", "0", "open", ""]


def test_the_markdown_is_correct_to_the_letter() -> None:
    question = answered(1, "Which *tool* do you use?", 12 + 40 / 60, by=WALTER, votes=5, context="I tried\nthree.")
    waiting = Question(2, 10, 7, KOFI, "What comes after the workshop?", AT, votes=1)
    recap = Recap(replace(SESSION, recording_url="https://video/1"), [told(question)])
    assert rules.as_markdown(recap, named, [question, waiting]) == (
        "# Break Out of Your Bubble\n\n"
        "2026-05-01 19:00 (America/New_York)\n\n"
        "Hosts: Carol, Walter\n\n"
        "Recording: <https://video/1>\n\n"
        "## Questions\n\n"
        "**Which \\*tool\\* do you use?**\n\n"
        "> I tried\n> three.\n\n"
        "asked by Maya, 5 votes, answered by Walter, at 12:40\n\n"
        "## Without an answer\n\n"
        "**What comes after the workshop?**\n\n"
        "asked by Kofi, 1 vote\n"
    )


def test_an_export_holds_the_answered_in_order_then_the_rest_and_nothing_that_was_taken_back() -> None:
    late, early = answered(1, "Which tool do you use?", 9), answered(2, "How do I find readers?", 3)
    waiting = Question(3, 10, 7, KOFI, "What comes after the workshop?", AT)
    gone = [
        replace(waiting, id=4 + n, state=state)
        for n, state in enumerate((QuestionState.DECLINED, QuestionState.MERGED, QuestionState.WITHDRAWN))
    ]
    assert rules.exportable([late, early, waiting, *gone]) == [early, late, waiting]


def test_the_calendar_file_means_the_same_instant_everywhere() -> None:
    file = calendar_file(SESSION, "https://discord.com/channels/10/11", AT, "Stage: talks")
    calendar = Calendar.from_ical(file)
    [event] = calendar.walk("VEVENT")
    assert event["DTSTART"].dt.astimezone(UTC) == AT
    assert event["DTEND"].dt.astimezone(UTC) == AT + timedelta(hours=1)
    assert (str(event["SUMMARY"]), str(event["LOCATION"])) == ("Break Out of Your Bubble", "Stage: talks")
    assert str(event["URL"]) == "https://discord.com/channels/10/11"
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["America/New_York"]
    assert len(file) < 2500


def test_a_calendar_recognises_a_session_that_was_moved_or_cancelled() -> None:
    first = Calendar.from_ical(calendar_file(SESSION, "", AT)).walk("VEVENT")[0]
    cancelled = replace(SESSION, state=SessionState.CANCELLED)
    second = Calendar.from_ical(calendar_file(cancelled, "", AT + MINUTE)).walk("VEVENT")[0]
    assert first["UID"] == second["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert (first["STATUS"], second["STATUS"]) == ("CONFIRMED", "CANCELLED")
