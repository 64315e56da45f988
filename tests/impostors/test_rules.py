"""Which names look alike, who is a host, and what stands in the way of a kick."""

import unicodedata
from dataclasses import replace

import pytest
from confusable_homoglyphs.confusables import confusables_data
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.impostors.rules import (
    ADDED_WORDS,
    KickFacts,
    KickObstacle,
    Person,
    alike,
    is_host,
    kick_obstacle,
    looks_like,
    skeleton,
)

LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
HOST_NAMES = (
    "Carol",
    "Walter",
    "Ingrid Berg",
    "maya_k",
    "Tomás",
    "Наташа",
    "Αλέξανδρος",
    "王芳",
    "김하나",
    "محمد",
    "मीना",
)
INVISIBLE = ("\u200b", "\u200d", "\u2060", "\u00ad", "\ufe0f", "\u3164", "\u034f", "\U000e0041", "\u202e", "\u0336")


def twins_of(letter: str) -> list[str]:
    """What Unicode's data, as the library holds it, calls easily confused with a letter."""
    return [entry["c"] for entry in confusables_data.get(letter, []) if len(entry["c"]) == 1]


host_names = st.sampled_from(HOST_NAMES)
words = st.text(LATIN, min_size=4, max_size=12)


@pytest.mark.parametrize(
    "name",
    [
        "Carol", "CAROL", "carol", "C a r o l", "C.a.r.o.l", "Caro1", "CaroI", "Caro|", "С\u0430rol", "Cаrоl", "Carо1",
        "ᴄᴀʀᴏʟ", "𝓒𝓪𝓻𝓸𝓵", "Ｃａｒｏｌ", "ⓒⓐⓡⓞⓛ", "🅒🅐🅡🅞🅛", "🇨🇦🇷🇴🇱", "Cárôł", "Carøl", "C̶a̶r̶o̶l̶", "Car\u200bol", "C@rol",
        "C4r0l", "✨Carol✨", "Carol!", "|Carol|", "Carol (official)", "Official Carol", "The Real Carol",
        "carol.support", "carolofficial", "TheRealCarol_mod", "Carol Team 2", "carol1987", "Сarol Оfficiаl",
        "C a r o l  m o d",
    ],
)  # fmt: skip
def test_these_look_like_carol(name: str):
    assert looks_like(name, "Carol")


@pytest.mark.parametrize(
    "name",
    [
        "Carl", "Carola", "Caroline", "Carolyn", "Caroline 7", "Karol", "Coral", "Carol Smith", "Car", "C", "", " ",
        "\u3164", "official", "Real Support Team", "Host", "Maya", "王芳", "Кароль", "🌸", "1234", "Lorac",
    ],
)  # fmt: skip
def test_these_do_not_look_like_carol(name: str):
    assert not looks_like(name, "Carol")


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("Modern", "Modem"), ("VValter", "Walter"), ("Наташа", "НАТАША"), ("Haтaшa", "Наташа"), ("Na taliа", "Natalia"),
        ("王 芳", "王芳"), ("王芳 official", "王芳"), ("김하나1", "김하나"), ("مُحَمَّد", "محمد"),
        ("Carol", "Carol | Host"), ("Carol Mod", "Carol | Host"), ("carol_smith", "Carol Smith"), ("🌸🌸", "🌸🌸"),
        ("Support Team", "support-team"),
    ],
)  # fmt: skip
def test_what_looks_alike_in_other_ways_and_other_scripts(name: str, host: str):
    assert looks_like(name, host)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("मोना", "मीना"), ("か", "が"), ("Наталья", "Наташа"), ("王伟", "王芳"), ("Resa", "Theresa"),
        ("Team", "The Team"), ("🌸", "🌺"), ("Max", "Host"), ("admin", "Support"),
    ],
)  # fmt: skip
def test_what_differs_in_other_scripts_and_words_is_told_apart(name: str, host: str):
    assert not looks_like(name, host)


def test_a_very_short_name_is_only_the_same_name():
    assert looks_like("Al", "Al")
    assert looks_like("a.l", "Al")
    assert looks_like("王", "王")
    for name in ("A1", "AI", "Al 2", "Al official", "Albert", "A", "王芳"):
        assert not looks_like(name, "Al")
    assert not looks_like("official 王", "王")


def test_what_is_compared_are_all_names_with_all_names():
    assert alike(("Caro1", "somebody", "walter_official"), ("Carol", "Carol S", "walter")) == [
        "Caro1",
        "walter_official",
    ]
    assert alike(("Maya", "maya_k"), ("Carol", "carol_s")) == []


@given(words)
@example("CAROL")
@example("mrn")
def test_latin_names_look_alike_whatever_their_case(name: str):
    assert looks_like(name.upper(), name.lower())
    assert looks_like(name.swapcase(), name)


@given(host_names, st.data())
def test_what_cannot_be_seen_does_not_count(host: str, data: st.DataObject):
    name = "".join(letter + data.draw(st.sampled_from(("", *INVISIBLE))) for letter in host)
    assert looks_like(name, host)


@given(host_names, st.sampled_from(["", " ", ".", "_", "-", " · ", "  "]), st.sampled_from(["", "✨", "~", "[", "👑 "]))
def test_spaces_and_decoration_do_not_count(host: str, between: str, around: str):
    assert looks_like(around + between.join(unicodedata.normalize("NFC", host)) + around, host)


@given(st.sampled_from(["Carol", "Walter", "Josephine", "Hubert"]), st.data())
def test_each_letter_may_be_any_of_its_twins(host: str, data: st.DataObject):
    name = "".join(data.draw(st.sampled_from([letter, *twins_of(letter)])) for letter in host)
    assert looks_like(name, host)


@given(host_names, st.sampled_from(ADDED_WORDS), st.sampled_from(ADDED_WORDS))
def test_added_words_do_not_hide_a_host_in_any_script(host: str, before: str, after: str):
    assert looks_like(f"{before} {host}", host)
    assert looks_like(f"{host} ({after})", host)
    assert looks_like(f"{before}.{host}_{after}", host)


@given(st.permutations("abcdefghjkopqstuxyz"), st.data())
def test_names_of_other_letters_do_not_look_alike(letters: list[str], data: st.DataObject):
    one = data.draw(st.text(letters[:9], min_size=3, max_size=12))
    other = data.draw(st.text(letters[9:], min_size=3, max_size=12))
    assert not looks_like(one, other)


@given(st.text(max_size=32))
def test_a_skeleton_is_its_own_skeleton_and_no_name_looks_like_nobody(name: str):
    assert skeleton(skeleton(name)) == skeleton(name)
    assert not looks_like(name, "")
    assert not looks_like("", name)


@given(st.text(max_size=32))
def test_a_name_that_can_be_seen_looks_like_itself(name: str):
    visible = any(unicodedata.category(sign)[0] in "LNPS" for sign in unicodedata.normalize("NFKD", name))
    assume(visible and not set(name) & set(INVISIBLE) and "\u115f" not in name and "\u1160" not in name)
    assume("\uffa0" not in name)
    assert looks_like(name, name)


PERSON = Person(1, 2, ("Carol",))


@pytest.mark.parametrize("change", [{"is_owner": True}, {"may_moderate": True}, {"role_ids": frozenset({7})}])
def test_a_host_owns_the_guild_or_moderates_it_or_holds_the_host_role(change: dict[str, object]):
    assert is_host(replace(PERSON, **change), host_role_id=7)  # type: ignore[arg-type]
    assert not is_host(replace(PERSON, is_bot=True, **change), host_role_id=7)  # type: ignore[arg-type]


def test_others_are_no_hosts():
    assert not is_host(PERSON, host_role_id=7)
    assert not is_host(replace(PERSON, role_ids=frozenset({8})), host_role_id=7)
    assert not is_host(PERSON, host_role_id=None)


FREE = KickFacts(
    target_owns=False, target_rank=0, presser_may=True, presser_owns=False, presser_rank=3, bot_may=True, bot_rank=5
)


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ({}, None),
        ({"presser_owns": True, "presser_rank": 0}, None),
        ({"target_owns": True}, KickObstacle.TARGET_OWNS),
        ({"presser_may": False}, KickObstacle.PRESSER_MAY_NOT),
        ({"target_rank": 3}, KickObstacle.PRESSER_TOO_LOW),
        ({"presser_owns": True, "target_rank": 5}, KickObstacle.BOT_TOO_LOW),
        ({"bot_rank": 0}, KickObstacle.BOT_TOO_LOW),
        ({"bot_may": False}, KickObstacle.BOT_MAY_NOT),
    ],
)
def test_permissions_and_the_order_of_roles_are_needed_for_a_kick(
    change: dict[str, object], obstacle: KickObstacle | None
):
    assert kick_obstacle(replace(FREE, **change)) is obstacle  # type: ignore[arg-type]


def test_nobody_can_kick_who_has_left():
    assert kick_obstacle(None) is KickObstacle.TARGET_GONE
