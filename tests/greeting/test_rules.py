"""How a greeting is worded and what an introduction may hold, from plain values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.greeting import rules
from bot.greeting.rules import Answers, GreetingSettings, Introduction

WORDS = {"mention": "<@1>", "name": "Maya", "server": "Bubble", "count": "7", "host": "<@&2>", "intro": "<#3>"}


def test_each_placeholder_is_filled_in() -> None:
    template = "{mention} {name} {server} {count} {host} {intro}"
    assert rules.compose_greeting(template, WORDS) == "<@1> Maya Bubble 7 <@&2> <#3>"


def test_spaces_inside_the_braces_do_not_matter() -> None:
    assert rules.compose_greeting("Hi { name }", WORDS) == "Hi Maya"


@pytest.mark.parametrize("trick", ["{name.__class__}", "{name!r}", "{name:>10}", "{0}", "{}", "{{name}}", "{name[0]}"])
def test_formatting_tricks_do_nothing_and_are_refused(trick: str) -> None:
    assert "Maya" not in rules.compose_greeting(trick, WORDS).replace("{Maya}", "")
    fault = rules.fault_in(trick)
    if trick != "{{name}}":
        assert fault is not None
        assert fault.unknown == (trick[1:-1],)


def test_a_name_that_looks_like_a_placeholder_stays_a_name() -> None:
    assert rules.compose_greeting("Hi {name}", WORDS | {"name": "{host}"}) == "Hi {host}"


@given(st.text(max_size=200), st.dictionaries(st.sampled_from(sorted(WORDS)), st.text(max_size=20)))
def test_composing_never_fails_whatever_was_typed(template: str, words: dict[str, str]) -> None:
    rules.compose_greeting(template, words)


def test_unknown_placeholders_are_named_each_once() -> None:
    fault = rules.fault_in("{nmae} {name} {nmae} {sever}")
    assert fault is not None
    assert fault.unknown == ("nmae", "sever")


def test_a_greeting_is_too_long_if_the_longest_names_would_not_fit() -> None:
    assert rules.fault_in("x" * 2000) is None
    fault = rules.fault_in("x" * 1990 + "{server}")
    assert fault is not None
    assert fault.longest == 1990 + rules.PLACEHOLDERS["server"]


@given(st.integers(min_value=1, max_value=10), st.integers(min_value=0, max_value=100))
def test_the_words_are_chosen_in_turn(count: int, turn: int) -> None:
    templates = tuple(f"greeting {number}" for number in range(count))
    chosen = [rules.choose_template(GreetingSettings(1, templates, turn=turn + step)) for step in range(count)]
    assert sorted(chosen) == sorted(templates)


def test_the_usual_words_can_be_used_as_they_are() -> None:
    assert all(rules.fault_in(template) is None for template in rules.DEFAULT_TEMPLATES)


def test_a_template_is_changed_added_or_removed_by_its_number() -> None:
    assert rules.change_template(["a", "b"], 2, "c") == ["a", "c"]
    assert rules.change_template(["a", "b"], 3, "c") == ["a", "b", "c"]
    assert rules.change_template(["a", "b"], 1, "") == ["b"]
    assert rules.change_template(["a"], 2, "") == ["a"]


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("example.com", "https://example.com"),
        (" http://example.com/blog ", "http://example.com/blog"),
        ("https://sub.example.co.uk:8080/a?b=c#d", "https://sub.example.co.uk:8080/a?b=c#d"),
        ("https://schöner-blog.de", "https://schöner-blog.de"),
    ],
)
def test_a_blog_address_is_made_a_link(typed: str, link: str) -> None:
    assert rules.tidy_url(typed) == link


@pytest.mark.parametrize(
    "typed",
    [
        "my blog", "localhost", "ftp://example.com", "javascript:alert(1)", "https://", "https://user@example.com",
        "https://example.com/a b", "https://exa[mple.com", "https://example.com:99999", "https://example.com)[x](y",
        "https://" + "a" * 300 + ".com", "-.com",
    ],
)  # fmt: skip
def test_anything_else_is_not_a_blog_address(typed: str) -> None:
    assert rules.tidy_url(typed) is None


@given(st.text(max_size=100))
def test_reading_an_address_never_fails(typed: str) -> None:
    rules.tidy_url(typed)


def test_nobody_was_told_about_us_by_themselves() -> None:
    answers = Answers(" a ", "b", "c", invited_by=5)
    assert rules.introduction_from(answers, 1, 5, None, None).invited_by is None
    known = Introduction(1, 6, "x", "y", "z", revision=3)
    told = rules.introduction_from(answers, 1, 6, None, known)
    assert (told.invited_by, told.working_on, told.revision) == (5, "a", 3)
