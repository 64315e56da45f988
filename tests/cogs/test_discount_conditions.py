"""Who gets a discount: the defaults on the card, and the editor behind it."""

import simcord

from bot.discounts.rules import DEFAULT_CONDITIONS, Condition, ConditionKind, Conditions, Discount
from bot.engagement.rules import Level
from tests.cogs.discounting import CODE, answer, fields, fill_in, filled, labels, open_form, press, words
from tests.simkit import Stage

TYPED = {"Its name": "Spring", "How much": "$50", "The code": CODE}


async def editor(stage: Stage) -> simcord.ResponseMessage:
    card = await fill_in(await open_form(stage), TYPED, by=stage.carol)
    return await press(card, "Who gets it", by=stage.carol)


def select_of(message: simcord.ResponseMessage, hint: str) -> str:
    """The custom id of the select with this hint."""
    found = [one for row in message.components for one in row["components"] if hint in one.get("placeholder", "")]
    return found[0]["custom_id"]


async def choose(
    stage: Stage, shown: simcord.ResponseMessage, hint: str, value: str, typed: dict[str, object]
) -> simcord.ResponseMessage:
    """Choose in one of the selects, and fill in the form that opens."""
    form = await stage.carol.select(shown, [value], custom_id=select_of(shown, hint))
    return await fill_in(form, dict(typed), by=stage.carol)


async def made(stage: Stage, shown: simcord.ResponseMessage) -> Discount:
    """The discount once the editor is left and the card confirmed."""
    card = await press(shown, "Done", by=stage.carol)
    await press(card, "Create it", by=stage.carol)
    [found] = await stage.bot.services.discounts.list_all(stage.guild.id)
    return found


async def test_the_usual_conditions_are_shown(stage: Stage) -> None:
    said = words(await editor(stage))
    assert "*All of*\n• A Discord account that is 30 days old\n• 7 days as a member here" in said
    assert "*Any of*\n• 3 active days" in said
    assert "An introduction" in said
    assert "1 Q&A session" in said


async def test_hosts_read_the_conditions_as_asked_of_members(stage: Stage) -> None:
    shown = await choose(stage, await editor(stage), "Add", "level", {"Which standing": [str(int(Level.PRESENT))]})
    said = words(shown)
    assert "• An introduction of themselves\n" in said
    assert "• The level *Present*\n" in said
    options = [option["label"] for row in shown.components for option in row["components"][0].get("options", [])]
    assert "An introduction of themselves" in options
    assert "The level Present" in options


async def test_conditions_come_change_and_go(stage: Stage) -> None:
    shown = await editor(stage)
    shown = await choose(
        stage, shown, "Add", "level", {"Which standing": [str(int(Level.CONTRIBUTING))], "What it": ["any"]}
    )
    shown = await choose(stage, shown, "Change", "0", {"How many": "90"})
    shown = await choose(stage, shown, "Change", "1", {"What it": ["gone"]})
    shown = await choose(stage, shown, "Change", "1", {"What it": ["all"], "On how": "5"})
    discount = await made(stage, shown)
    assert discount.conditions == Conditions(
        (Condition(ConditionKind.ACCOUNT_AGE, 90), Condition(ConditionKind.ACTIVE_DAYS, 5)),
        (
            Condition(ConditionKind.INTRODUCED),
            Condition(ConditionKind.SESSIONS, 1),
            Condition(ConditionKind.LEVEL, Level.CONTRIBUTING),
        ),
    )


async def test_a_role_is_chosen(stage: Stage) -> None:
    role = stage.guild.create_role("Reader")
    shown = await choose(stage, await editor(stage), "Add", "role", {"Which role": [role]})
    assert role.mention in shown.content
    assert Condition(ConditionKind.ROLE, role_id=role.id) in (await made(stage, shown)).conditions.all_of


async def test_the_role_of_a_bot_is_refused_because_no_member_can_have_it(stage: Stage) -> None:
    own = stage.guild.roles[stage.env.backend.bot_user.name]
    refused = await choose(stage, await editor(stage), "Add", "role", {"Which role": [own]})
    assert f"{own.mention} is the role of a bot, so no member can have it" in refused.content
    assert stage.refusals()


async def test_the_form_of_a_role_cannot_be_sent_without_one(stage: Stage) -> None:
    shown = await editor(stage)
    form = await stage.carol.select(shown, ["role"], custom_id=select_of(shown, "Add"))
    assert fields(form)["Which role?"]["required"] is True


async def test_everybody_and_back_to_the_usual_ones(stage: Stage) -> None:
    shown = await press(await editor(stage), "Everybody", by=stage.carol)
    assert "Every member" in shown.content
    assert "Everybody" not in labels(shown)
    shown = await press(shown, "The usual ones", by=stage.carol)
    assert (await made(stage, shown)).conditions == DEFAULT_CONDITIONS


async def test_a_number_that_makes_no_sense_is_refused_and_not_lost(stage: Stage) -> None:
    shown = await editor(stage)
    for number in ("0", "soon", "99", "-1"):
        form = await stage.carol.select(shown, ["2"], custom_id=select_of(shown, "Change"))
        refused = await fill_in(form, {"On how": number}, by=stage.carol)
        assert "under *On how many days at least?* a whole number from 1 to 28" in refused.content
        again = await stage.carol.click(refused, label="Try again, nothing is lost")
        assert filled(again)["On how many days at least?"] == number
    assert stage.refusals()


async def test_the_same_is_not_asked_twice(stage: Stage) -> None:
    shown = await editor(stage)
    form = await stage.carol.select(shown, ["introduced"], custom_id=select_of(shown, "Add"))
    refused = await fill_in(form, {}, by=stage.carol)
    assert "asked already" in refused.content
    assert stage.refusals()


async def test_answers_come_for_the_host_alone(stage: Stage) -> None:
    card = await fill_in(await open_form(stage), TYPED, by=stage.carol)
    assert answer(await stage.carol.click(card, label="Who gets it")).ephemeral
