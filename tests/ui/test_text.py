"""Names and texts of other people, made safe to show."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.ui.text import safe_name, safe_within, shortened

#: What Discord reads as more than text, and letters between which it may stand.
TRICKY = st.text(st.sampled_from("\\*_~`|>#[]()<@:/.-!&0 ahtpsdiconrgme\u200b"), max_size=40)
NAMES = st.one_of(st.text(max_size=40), TRICKY)


@pytest.mark.parametrize("name", ["Ada", "Ada Lovelace", "Zoë 🌊", "李明", "d'Arc", "a.b-c", "http", "Discord fan", ""])
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name", ["@everyone", "@here", "<@1>", "<@&2>", "<#3>", "</setup:4>", "<:smile:5>", "<t:6:R>", "Ada @everyone"]
)
def test_a_name_mentions_nobody_and_nothing(name: str) -> None:
    shown = safe_name(name)
    assert not re.search(r"@(everyone|here)", shown)
    assert not re.search(r"(?<!\\)<", shown)


@pytest.mark.parametrize(
    "name",
    [
        "https://evil.example",
        "HTTP://EVIL.EXAMPLE",
        "discord.gg/abc",
        "Discord.com/invite/abc",
        "discordapp.com/invite",
    ],
)
def test_a_name_is_no_link(name: str) -> None:
    assert not re.search(r"(?i)https?://|discord(app)?\.(gg|com)", safe_name(name))


@given(NAMES)
@example("\\*")
@example("[a](https://b)")
def test_every_character_that_formats_is_escaped(name: str) -> None:
    without_escapes = re.sub(r"\\[\\*_~`|>#\[\]()<]", "", safe_name(name))
    assert not set("\\*_~`|>#[]()<") & set(without_escapes)


@given(NAMES)
def test_nobody_loses_a_letter_of_their_name(name: str) -> None:
    bare = re.sub(r"\\([\\*_~`|>#\[\]()<])", r"\1", safe_name(name))
    assert bare.replace("\u200b", "") == name.replace("\u200b", "")


@given(NAMES)
def test_no_mention_and_no_link_is_left(name: str) -> None:
    shown = safe_name(name)
    assert not re.search(r"(?i)@(everyone|here|[!&]?\d)|https?://|discord(app)?\.(gg|com)", shown)


@given(NAMES)
def test_a_safe_name_is_at_most_twice_as_long(name: str) -> None:
    assert len(safe_name(name)) <= 2 * len(name)


@given(st.text(max_size=60), st.integers(1, 60))
def test_a_shortened_text_fits_and_begins_like_the_text(text: str, longest: int) -> None:
    short = shortened(text, longest)
    assert len(short) <= longest
    assert text.startswith(short.removesuffix("…"))
    assert (short == text) == (len(text) <= longest) or text.endswith("…")


def test_what_is_cut_ends_in_an_ellipsis_without_a_gap() -> None:
    assert shortened("a long walk", 8) == "a long…"
    assert shortened("a long", 6) == "a long"


@given(NAMES, st.integers(min_value=2, max_value=30))
def test_a_safe_text_fits_and_tears_no_escape(text: str, longest: int) -> None:
    safe = safe_within(text, longest)
    assert len(safe) <= longest
    kept = safe.removesuffix("…")
    assert safe == safe_name(text) or safe_name(text).startswith(kept.rstrip())
    backslashes = len(kept) - len(kept.rstrip("\\"))
    assert backslashes % 2 == 0
