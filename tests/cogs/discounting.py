"""What hosts and members do with discounts, in few words."""

from typing import Any

import discord
import simcord

from bot.communities.rules import ChannelPurpose
from bot.discounts.rules import CodeKind, Conditions, Discount, Draft
from bot.programs.rules import Draft as ProgramDraft
from bot.programs.rules import Price, Program
from tests.cogs.blogging import shown
from tests.reading import texts
from tests.simkit import Stage

CODE = "SOCIAL"
BUBBLE = "Break Out of Your Bubble"
LINK = "https://example.com/register"
#: A claim shows on the card within 30 seconds; until then, and a little longer.
SHOWN = 45.0
KINDS = {"shared": "one code for everybody", "pool": "a pool of unique codes", "link": "a link with the discount"}


async def program(stage: Stage, *prices: Price, name: str = BUBBLE) -> Program:
    """A program with the late price of $147, or with other prices."""
    programs = stage.bot.services.programs
    made = await programs.create(stage.guild.id, ProgramDraft(name, register_url=LINK), stage.now())
    for price in prices or (Price("late", 14700, "USD"),):
        made = await programs.put_price(stage.guild.id, made.id, price)
    return made


async def make(
    stage: Stage, *, codes: list[str] | None = None, conditions: Conditions | None = None, **changes: Any
) -> Discount:
    """A discount of $50 for everybody, without the forms; a pool where there are `codes`."""
    services = stage.bot.services
    program_id = changes.pop("program_id", None) or await _program_id(stage)
    values: dict[str, Any] = {
        "program_id": program_id, "name": "Spring", "kind": CodeKind.SHARED if codes is None else CodeKind.POOL,
        "amount_off": 5000, "currency": "USD", "conditions": conditions or Conditions(),
        "secret": CODE if codes is None else "",
    }  # fmt: skip
    draft = Draft(**(values | changes))
    made = await services.discounts.create(stage.guild.id, draft, stage.carol.id, stage.now())
    if codes:
        await services.code_imports.apply(
            stage.guild.id, made.id, "\n".join(codes).encode(), stage.carol.id, stage.now(), _quietly
        )
    return await services.discounts.get(stage.guild.id, made.id)


async def _quietly(done: int, of: int) -> None: ...


async def _program_id(stage: Stage) -> int:
    known = await stage.bot.services.programs.list_active(stage.guild.id)
    return known[0].id if known else (await program(stage)).id


async def run(
    stage: Stage, command: str, *, by: simcord.MemberActor | None = None, **options: Any
) -> simcord.ResponseMessage:
    """The answer to a command, which the host gives unless somebody else does."""
    return shown(await (by or stage.carol).slash(board(stage), command, **options))


def board(stage: Stage) -> simcord.ChannelHandle:
    """The channel where discounts are announced."""
    return stage.channels[ChannelPurpose.ANNOUNCEMENTS]


async def open_form(stage: Stage, kind: str = "shared", **options: Any) -> simcord.InteractionResult:
    """The form of a new discount for the only program."""
    chosen = str(await _program_id(stage))
    return await stage.carol.slash(board(stage), "discount create", program=chosen, kind=KINDS[kind], **options)


def fields(form: simcord.InteractionResult) -> dict[str, dict[str, Any]]:
    """The fields of a form by what stands above them."""
    assert form.modal is not None, "no form was shown"
    return {label["label"]: label["component"] for label in form.modal["components"]}


def filled(form: simcord.InteractionResult) -> dict[str, str]:
    """What stands in a form already, by what stands above it."""
    return {label: field.get("value", "") for label, field in fields(form).items()}


async def fill_in(
    form: simcord.InteractionResult, typed: dict[str, Any], *, by: simcord.MemberActor
) -> simcord.ResponseMessage:
    """The answer to a form that was filled in by the beginnings of what stands above its fields; the rest stays."""
    values: dict[str, Any] = {}
    for label, field in fields(form).items():
        known = field.get("value") or [option["value"] for option in field.get("options", []) if option.get("default")]
        meant = [text for beginning, text in typed.items() if label.startswith(beginning)]
        if meant or known:
            values[field["custom_id"]] = meant[0] if meant else known
    return answer(await by.submit_modal(form, values))


def answer(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    """What a person alone reads in answer, also where it took the place of a message."""
    message = result.followups[-1] if result.followups else result.response
    assert message is not None, "there was no answer"
    assert message.ephemeral
    return message


async def press(message: Any, label: str, *, by: simcord.MemberActor) -> simcord.ResponseMessage:
    """The answer to a press on a button."""
    return answer(await by.click(message, label=label))


def words(message: Any) -> str:
    """Every word of a message."""
    said = [message.content or ""]
    for embed in message.embeds:
        said += [embed.title or "", embed.description or "", embed.footer.text or ""]
        said += [f"{field.name}\n{field.value}" for field in embed.fields]
    return "\n".join([*said, texts(message) if message.components else ""])


def labels(message: Any) -> list[str]:
    """What stands on the buttons of a message."""
    rows = [row if isinstance(row, dict) else row.to_dict() for row in message.components]
    return [button["label"] for row in rows for button in row["components"] if button.get("label")]


def post(stage: Stage, channel: simcord.ChannelHandle | None = None) -> discord.Message:
    """The card of a discount in its channel."""
    history = (channel or board(stage)).history()
    [found] = [message for message in history if message.embeds and not message.flags.ephemeral]
    return found


async def make_impatient(stage: Stage) -> None:
    """Let the bot wait for a locked database for moments only."""
    database = stage.bot.services.database
    database.busy_timeout = 0.2
    await database.engine.dispose()


def secrets_seen(stage: Stage, codes: list[str], *, by: simcord.MemberActor) -> list[str]:
    """The codes somebody can read anywhere in the guild."""
    read = [words(message) for channel in stage.guild.channels.values() for message in channel.history(viewer=by)]
    return [code for code in codes if any(code in text for text in read)]
