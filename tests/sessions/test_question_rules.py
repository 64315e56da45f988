"""Which questions are alike, and how many a member may ask."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.local_time import LocalTime
from bot.sessions.question_rules import ALIKE, Asker, alike, fault_of, first_asked, likeness, may_ask, questions_left
from bot.sessions.rules import Place, PlaceKind, Question, QuestionState, Session

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
SESSION = Session(
    1, 10, "Break Out of Your Bubble", "", LocalTime(datetime(2026, 5, 1, 19), "UTC"), timedelta(hours=1),  # noqa: DTZ001
    Place(PlaceKind.LINK, link="https://meet.example"), (30, 31),
)  # fmt: skip


def asked(number: int, text: str, **how: object) -> Question:
    return replace(Question(number, 10, 1, 50, text, NOW + timedelta(minutes=number)), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I start writing if I have no time?", "I have no time, how can I start WRITING?!"),
        ("How long did it take you to write the book?", "How long did the book take to write?"),
        ("What was the hardest part of your first book?", "Which part of your first book was the hardest?"),
        ("Do you plan a second edition of the book this year?", "Will there be a second edition of the book?"),
        ("How do I meet people outside my bubble?", "How can I meet people who are outside of my bubble in a town?"),
        ("Wie finde ich Zeit zum Schreiben?", "wie finde ich die zeit zu schreiben"),
        ("Où trouver un café à Besançon ?", "ou trouver un cafe a besancon"),
    ],
)
def test_the_same_question_in_other_words_is_alike(one: str, other: str) -> None:
    assert likeness(one, other) >= ALIKE
    assert likeness(other, one) == pytest.approx(likeness(one, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do you find time to write?", "How do you find readers for your blog?"),
        ("How do you deal with critics online?", "What do you read in the morning?"),
        ("How do I find an agent for my novel?", "How can I find a publisher for my novel?"),
        ("How do I leave my bubble?", "How do I leave my job and travel the world with my family next year?"),
        ("What would you do?", "Who are you, and what is this?"),
        ("🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂", "How do you find time to write?"),
    ],
)
def test_another_question_is_not_alike(one: str, other: str) -> None:
    assert likeness(one, other) < ALIKE


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_a_number_from_0_to_100_for_any_two_texts(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) <= 100
    assert likeness(one, other) == pytest.approx(likeness(other, one))


def test_the_most_alike_come_first_and_only_three_of_them() -> None:
    known = [asked(number, "How do I find time to write a book?") for number in range(1, 5)]
    known.append(asked(5, "How do I find the time to write books?"))
    known.append(asked(6, "What do you have for breakfast?"))
    assert [one.id for one in alike("How do I find time to write a book?", known)] == [1, 2, 3]
    assert [one.id for one in alike("How do I find the time to write books", known, most=1)] == [5]


def test_withdrawn_and_declined_questions_are_given_back() -> None:
    states = [QuestionState.OPEN, QuestionState.WITHDRAWN, QuestionState.DECLINED, QuestionState.MERGED]
    assert questions_left(SESSION, [asked(number, "…", state=state) for number, state in enumerate(states)]) == 1
    answered = [asked(number, "…", state=QuestionState.ANSWERED) for number in range(5)]
    assert questions_left(SESSION, answered) == 0


def test_the_gate_lets_members_with_the_role_and_hosts_through() -> None:
    gated = replace(SESSION, role_id=7)
    assert may_ask(gated, Asker(50, frozenset({7, 8})))
    assert may_ask(gated, Asker(30))
    assert not may_ask(gated, Asker(50, frozenset({8})))
    assert may_ask(SESSION, Asker(50))


@pytest.mark.parametrize(
    ("text", "context", "word"),
    [("How? " + " " * 20, "", "short"), ("x" * 1001, "", "long"), ("x" * 15, "x" * 1001, "long")],
)
def test_what_is_too_short_or_too_long_is_no_question(text: str, context: str, word: str) -> None:
    assert word in (fault_of(text, context) or "")


def test_what_fits_is_a_question() -> None:
    assert fault_of("x" * 15, "") is fault_of("x" * 1000, "x" * 1000) is None


def test_of_two_merged_questions_the_one_asked_first_stays() -> None:
    first, second = asked(1, "…"), asked(2, "…")
    assert first_asked(first, second) == first_asked(second, first) == (first, second)
    twin = replace(second, asked_at=first.asked_at)
    assert first_asked(twin, first) == (first, twin)
