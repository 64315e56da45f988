"""`/discount create` and `/discount edit`: what a host types, is asked, sees, and confirms."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import simcord

from bot.discounts.rules import DEFAULT_CONDITIONS, CodeKind, Condition, ConditionKind, Conditions, Discount, Draft
from bot.local_time import LocalTime
from bot.programs.rules import Price
from tests.cogs.discounting import (
    CODE,
    answer,
    board,
    fields,
    fill_in,
    filled,
    labels,
    make,
    make_impatient,
    open_form,
    press,
    program,
    words,
)
from tests.simkit import Stage

#: The end of April 30 in New York.
END = datetime(2026, 5, 1, 4, tzinfo=UTC)
TYPED = {"Its name": "Spring", "How much": "$50", "Ends": "April 30", "The code": CODE}


@pytest.fixture(autouse=True)
async def _in_new_york(stage: Stage) -> None:
    await stage.bot.services.communities.set_time_zone(stage.guild.id, "America/New_York")


async def only(stage: Stage) -> Discount:
    """The one discount there is."""
    [found] = await stage.bot.services.discounts.list_all(stage.guild.id)
    return found


async def none_made(stage: Stage) -> bool:
    return await stage.bot.services.discounts.list_all(stage.guild.id) == []


async def card(stage: Stage, kind: str = "shared", **changes: str) -> simcord.ResponseMessage:
    """The card a host confirms, or what they read instead."""
    typed = {label: text for label, text in (TYPED | changes).items() if kind == "shared" or label != "The code"}
    return await fill_in(await open_form(stage, kind), typed, by=stage.carol)


async def test_a_host_sees_what_it_means_before_it_is_made(stage: Stage) -> None:
    shown = await card(stage)
    said = words(shown)
    assert "$147 → **$97**" in said
    assert "The end of Thursday, April 30, 2026, New York time" in said
    assert f"<t:{int(END.timestamp())}:F>" in said
    assert "30 days old" in said
    assert CODE not in said
    assert await none_made(stage)
    made = await press(shown, "Create it", by=stage.carol)
    assert "**Spring** is made" in words(made)
    discount = await only(stage)
    assert (discount.kind, discount.amount_off, discount.currency) == (CodeKind.SHARED, 5000, "USD")
    assert discount.ends == LocalTime(datetime(2026, 5, 1), "America/New_York")  # noqa: DTZ001 - a wall clock
    assert discount.conditions == DEFAULT_CONDITIONS


async def test_midnight_is_asked(stage: Stage) -> None:
    asked = await card(stage, Ends="April 30 midnight")
    assert labels(asked) == ["End of April 30", "Start of April 30", "Write another time"]
    shown = await press(asked, "End of April 30", by=stage.carol)
    assert f"<t:{int(END.timestamp())}:F>" in words(shown)
    await press(shown, "Create it", by=stage.carol)
    ends = (await only(stage)).ends
    assert ends is not None
    assert ends.instant == END


async def test_the_question_can_be_answered_with_another_time(stage: Stage) -> None:
    asked = await card(stage, Ends="April 30 midnight")
    form = await stage.carol.click(asked, label="Write another time")
    assert filled(form)["The code"] == CODE
    shown = await fill_in(form, {"Ends": "April 29"}, by=stage.carol)
    assert "The end of Wednesday, April 29" in words(shown)


async def test_a_time_that_comes_twice_is_asked(stage: Stage) -> None:
    asked = await card(stage, Ends="November 1 1:30")
    assert "comes twice" in words(asked)
    shown = await press(asked, "The second time", by=stage.carol)
    instant = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert f"<t:{int(instant.timestamp())}:F>" in words(shown)


async def until_midnight(stage: Stage) -> float:
    """Seconds until the next midnight in New York."""
    there = stage.now().astimezone(ZoneInfo("America/New_York"))
    return (timedelta(days=1) - timedelta(hours=there.hour, minutes=there.minute, seconds=there.second)).total_seconds()


@pytest.mark.parametrize("ends", ["in 2 hours", "tomorrow"])
async def test_what_was_shown_is_kept_however_late_it_is_confirmed(stage: Stage, ends: str) -> None:
    await stage.pass_time(await until_midnight(stage) - 600)
    shown = await card(stage, Ends=ends)
    said = words(shown)
    form = await stage.carol.click(shown, label="Note and limit")
    await stage.pass_time(1200)
    shown = await fill_in(form, {"How many": "20"}, by=stage.carol)
    await stage.pass_time(60)
    await press(shown, "Create it", by=stage.carol)
    kept = (await only(stage)).ends
    assert kept is not None
    assert f"<t:{int(kept.instant.timestamp())}:F>" in said


async def test_an_end_that_passed_before_it_was_confirmed_is_refused_and_read_anew_in_the_form(stage: Stage) -> None:
    shown = await card(stage, Ends="in 10 minutes")
    await stage.pass_time(1200)
    refused = await press(shown, "Create it", by=stage.carol)
    assert "passed already" in refused.content
    assert await none_made(stage)
    form = await stage.carol.click(refused, label="Change it, nothing is lost")
    shown = await fill_in(form, {}, by=stage.carol)
    await press(shown, "Create it", by=stage.carol)
    kept = (await only(stage)).ends
    assert kept is not None
    assert kept.instant > stage.now()


async def test_a_zone_can_be_chosen_for_one_discount(stage: Stage) -> None:
    form = await open_form(stage, time_zone="berlin")
    shown = await fill_in(form, TYPED, by=stage.carol)
    instant = datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert f"<t:{int(instant.timestamp())}:F>" in words(shown)
    assert "Berlin time" in words(shown)


@pytest.mark.parametrize(
    ("label", "text", "sentence"),
    [
        ("How much", "$147", "too much"),
        ("How much", "$200", "too much"),
        ("How much", "a bit", "How much is off?"),
        ("Ends", "someday", "I cannot read"),
        ("Ends", "March 8 2:30", "does not exist"),
        ("Ends", "2025-12-01", "passed already"),
        ("Its name", f"Spring {CODE}", "the code in it"),
    ],
)
async def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_typed_is_lost(
    stage: Stage, label: str, text: str, sentence: str
) -> None:
    refused = await card(stage, **{label: text})
    assert sentence in refused.content
    form = await stage.carol.click(refused, label="Change it, nothing is lost")
    expected = TYPED | {label: text}
    for beginning, typed in expected.items():
        assert next(value for above, value in filled(form).items() if above.startswith(beginning)) == typed
    shown = await fill_in(form, {label: TYPED[label]}, by=stage.carol)
    assert "$147 → **$97**" in words(shown)


async def test_every_price_that_counts_while_it_runs_is_shown(stage: Stage) -> None:
    may = LocalTime(datetime(2026, 5, 1), "America/New_York")  # noqa: DTZ001 - a wall clock
    early = Price("early", 9700, "USD", until=LocalTime(datetime(2026, 3, 1), "America/New_York"))  # noqa: DTZ001
    await program(
        stage, early, Price("late", 14700, "USD", starts=early.until, until=may), Price("door", 20000, "USD", may)
    )
    said = words(await card(stage, **{"How much": "10%"}))
    assert "early: $97 → **$87.30**" in said
    assert "late: $147 → **$132.30**" in said
    assert "door" not in said


async def test_a_price_in_another_currency_stays_as_it_is_and_is_not_on_the_card(stage: Stage) -> None:
    await program(stage, Price("early EU", 8900, "EUR"), Price("early", 9700, "USD"))
    assert "What it costs then\n$50 off\nearly: $97 → **$47**\n" in words(await card(stage, **{"How much": "$50"}))
    said = words(await card(stage, **{"How much": "10%"}))
    assert "early EU: €89 → **€80.10**\nearly: $97 → **$87.30**" in said


async def test_note_and_limit_are_changed_on_the_card(stage: Stage) -> None:
    form = await stage.carol.click(await card(stage), label="Note and limit")
    refused = await fill_in(form, {"How many": "many", "Note": "For you"}, by=stage.carol)
    assert "under *How many members at most* a whole number from 1 to 1,000,000." in refused.content
    again = await stage.carol.click(refused, label="Try again, nothing is lost")
    assert filled(again)["Note"] == "For you"
    shown = await fill_in(again, {"How many": "20"}, by=stage.carol)
    assert "For 20 members at most" in words(shown)
    assert "For you" in words(shown)
    await press(shown, "Create it", by=stage.carol)
    discount = await only(stage)
    assert (discount.cap, discount.note) == (20, "For you")
    assert stage.refusals()


async def test_a_refused_note_can_be_written_anew(stage: Stage) -> None:
    form = await stage.carol.slash(board(stage), "discount edit", discount=str((await make(stage)).id))
    edited = await fill_in(form, {}, by=stage.carol)
    created = await card(stage, **{"Its name": "Summer", "The code": "SUN"})
    for shown, code, keep in ((edited, CODE, "Save it"), (created, "SUN", "Create it")):
        form = await stage.carol.click(shown, label="Note and limit")
        refused = await fill_in(form, {"Note": f"Type {code}", "How many": "20"}, by=stage.carol)
        assert "The note has the code in it" in refused.content
        assert labels(refused)[:2] == ["Change it, nothing is lost", "Name, amount and times"]
        form = await stage.carol.click(refused, label="Change it, nothing is lost")
        assert list(filled(form).values()) == ["20", f"Type {code}"]
        await press(await fill_in(form, {"Note": "For you"}, by=stage.carol), keep, by=stage.carol)
    every = await stage.bot.services.discounts.list_all(stage.guild.id)
    assert [(one.cap, one.note) for one in every] == [(20, "For you")] * 2


async def test_a_second_press_makes_no_second_discount(stage: Stage) -> None:
    shown = await card(stage)
    form = await open_form(stage)
    other = await fill_in(form, TYPED, by=stage.carol)
    await press(shown, "Create it", by=stage.carol)
    refused = await press(other, "Create it", by=stage.carol)
    assert "a discount called “Spring” already" in refused.content
    form = await stage.carol.click(refused, label="Change it, nothing is lost")
    assert filled(form)["Its name, which everybody sees"] == "Spring"


async def test_cancelling_keeps_nothing(stage: Stage) -> None:
    left = await press(await card(stage), "Cancel", by=stage.carol)
    assert left.content == "Nothing was changed."
    assert await none_made(stage)


async def test_a_pool_asks_for_no_code_and_says_what_comes_next(stage: Stage) -> None:
    form = await open_form(stage, "pool", cap=100, note="Hello")
    assert not [label for label in fields(form) if "code" in label.casefold()]
    typed = {label: text for label, text in TYPED.items() if label != "The code"}
    shown = await fill_in(form, typed, by=stage.carol)
    assert "For 100 members at most" in words(shown)
    made = await press(shown, "Create it", by=stage.carol)
    assert "/discount import" in made.content


async def test_a_link_is_asked_for_and_has_to_be_one(stage: Stage) -> None:
    typed = {label: text for label, text in TYPED.items() if label != "The code"}
    form = await open_form(stage, "link")
    refused = await fill_in(form, typed | {"The link": "not a link"}, by=stage.carol)
    assert "web address" in refused.content
    form = await stage.carol.click(refused, label="Change it, nothing is lost")
    shown = await fill_in(form, {"The link": "https://example.com/?c=SOCIAL"}, by=stage.carol)
    await press(shown, "Create it", by=stage.carol)
    assert (await only(stage)).kind is CodeKind.LINK


async def test_a_program_without_a_price_is_refused(stage: Stage) -> None:
    from bot.programs.rules import Draft

    made = await stage.bot.services.programs.create(stage.guild.id, Draft("Bare"), stage.now())
    refused = await stage.carol.slash(
        board(stage), "discount create", program=str(made.id), kind="one code for everybody"
    )
    assert "has no price yet" in answer(refused).content
    assert stage.refusals()


async def test_programs_and_zones_are_offered_while_typing(stage: Stage) -> None:
    made = await program(stage)
    filled_in = {"kind": "one code for everybody"}
    offered = await stage.carol.autocomplete(board(stage), "discount create", "program", "bubble", **filled_in)
    assert [choice["value"] for choice in offered] == [str(made.id)]
    zones = await stage.carol.autocomplete(board(stage), "discount create", "time_zone", "new york", **filled_in)
    assert zones[0]["value"] == "America/New_York"


async def test_an_edit_begins_with_what_is_there_and_keeps_the_code(stage: Stage) -> None:
    shown = await card(stage)
    await press(shown, "Create it", by=stage.carol)
    form = await stage.carol.slash(board(stage), "discount edit", discount="spring")
    known = filled(form)
    assert (known["Its name, which everybody sees"], known["How much is off"]) == ("Spring", "$50")
    assert known["Ends"] == "2026-04-30"
    assert CODE not in str(form.modal)
    shown = await fill_in(form, {"How much": "20%"}, by=stage.carol)
    assert "Save “Spring” like this?" in words(shown)
    assert "$147 → **$117.60**" in words(shown)
    await press(shown, "Save it", by=stage.carol)
    discount = await only(stage)
    assert (discount.percent, discount.amount_off) == (20, None)
    assert discount.ends is not None
    assert discount.ends.instant == END


async def test_the_form_of_a_discount_that_was_ended_for_good_does_not_open(stage: Stage) -> None:
    over = await make(stage, ends=LocalTime((stage.now() + timedelta(hours=1)).replace(tzinfo=None), "UTC"))
    await stage.pass_time(7200)
    form = await stage.carol.slash(board(stage), "discount edit", discount=str(over.id))
    assert form.modal is not None, "what is over by time can get a later end"
    ended = await make(stage, name="Summer", secret="SUN")
    await stage.bot.services.discounts.end(stage.guild.id, ended.id, stage.carol.id, stage.now())
    refused = await stage.carol.slash(board(stage), "discount edit", discount=str(ended.id))
    assert refused.modal is None
    assert "ended for good" in answer(refused).content
    assert stage.refusals()


async def test_a_discount_that_ended_while_its_form_was_open_is_told(stage: Stage) -> None:
    discount = await make(stage)
    form = await stage.carol.slash(board(stage), "discount edit", discount=str(discount.id))
    shown = await fill_in(form, {"How much": "$40"}, by=stage.carol)
    await stage.bot.services.discounts.end(stage.guild.id, discount.id, stage.carol.id, stage.now())
    refused = await press(shown, "Save it", by=stage.carol)
    assert "ended for good" in refused.content
    assert (await only(stage)).amount_off == 5000


async def test_an_edit_undoes_no_change_that_was_made_while_its_form_was_open(stage: Stage) -> None:
    discounts, made = stage.bot.services.discounts, await make(stage, cap=10)
    form = await stage.carol.slash(board(stage), "discount edit", discount=str(made.id))
    asks = Conditions((Condition(ConditionKind.INTRODUCED),))
    other = Draft(made.program_id, made.name, made.kind, amount_off=4000, currency="USD", cap=100, conditions=asks)
    await discounts.edit(stage.guild.id, made.id, other, stage.carol.id, stage.now())
    refused = await fill_in(form, {"Its name": "Autumn"}, by=stage.carol)
    assert "was changed while you did" in refused.content
    form = await stage.carol.click(refused, label="Change it, nothing is lost")
    assert (filled(form)["Its name, which everybody sees"], filled(form)["How much is off"]) == ("Autumn", "$40")
    shown = await fill_in(form, {}, by=stage.carol)
    await discounts.pause(stage.guild.id, made.id, stage.carol.id, stage.now())
    refused = await press(shown, "Save it", by=stage.carol)
    form = await stage.carol.click(refused, label="Change it, nothing is lost")
    await press(await fill_in(form, {}, by=stage.carol), "Save it", by=stage.carol)
    kept = await only(stage)
    assert (kept.name, kept.amount_off, kept.cap, kept.conditions) == ("Autumn", 4000, 100, asks)
    assert kept.paused


async def test_a_locked_database_loses_nothing_typed(stage: Stage) -> None:
    form = await open_form(stage)
    await make_impatient(stage)
    with stage.database_locked():
        refused = await fill_in(form, TYPED, by=stage.carol)
        assert "nothing was changed" in refused.content
    again = await stage.carol.click(refused, label="Change it, nothing is lost")
    assert filled(again)["The code"] == CODE
    shown = await fill_in(again, {}, by=stage.carol)
    await press(shown, "Create it", by=stage.carol)
    assert (await only(stage)).name == "Spring"


async def test_members_make_no_discounts(stage: Stage) -> None:
    maya = await stage.join("maya")
    await program(stage)
    assert "discount create" not in maya.available_commands(board(stage))


async def test_a_host_who_is_none_any_more_makes_nothing(stage: Stage) -> None:
    maya = await stage.join("maya")
    await stage.give_role(maya, stage.host_role)
    made = await program(stage)
    form = await maya.slash(board(stage), "discount create", program=str(made.id), kind="one code for everybody")
    shown = await fill_in(form, TYPED, by=maya)
    await stage.take_role(maya, stage.host_role)
    assert "Manage Server" in (await press(shown, "Create it", by=maya)).content
    assert await none_made(stage)
    assert stage.refusals()
