"""From the wish to ask to a question that is kept: the form, what others asked alike, and the thanks."""

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.errors import UserFacingError
from bot.sessions.rules import Question, Session
from bot.ui.text import safe_within
from bot.ui.views import LastingItem
from cogs.sessions.choices import guild_of, services_of
from cogs.sessions.forms import Act, Choice
from cogs.sessions.live_words import asked_by
from cogs.sessions.own_questions import asker_of, own_buttons
from cogs.sessions.question_forms import Draft, QuestionModal
from cogs.sessions.question_words import kept_text, one_line, question_embed, start_of

Interaction = discord.Interaction[Any]

#: Around the words of somebody else's message in an invitation: in such a block nothing is a link or a mention.
_OPENS, _CLOSES, _INSIDE = "```\n", "\n```", ("```", "'''")
NO_TEXT = "This message has no text that could be asked. `/ask` lets you put it in your own words."
NO_SESSION = "No session is planned just now, so there is nowhere to ask. `/session list` shows new ones."


class InviteButton(
    LastingItem[ui.Button[Any]],
    template=r"sessions:invite:(?P<answer>yes|no):(?P<session>\d+):(?P<author>\d+)",
):
    """Whoever wrote a message says whether it shall be asked."""

    def __init__(self, answer: str, session_id: int, author_id: int) -> None:
        label, style = {
            "yes": ("Ask it", discord.ButtonStyle.primary),
            "no": ("No, thank you", discord.ButtonStyle.secondary),
        }[answer]
        custom_id = f"sessions:invite:{answer}:{session_id}:{author_id}"
        super().__init__(ui.Button(label=label, style=style, custom_id=custom_id))
        self._answer = answer
        self._session_id = session_id
        self._author_id = author_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "InviteButton":
        """The button as it was pressed."""
        return cls(match["answer"], int(match["session"]), int(match["author"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Open the form with the words of the message, or leave it be."""
        if interaction.user.id != self._author_id:
            raise UserFacingError(f"This is for <@{self._author_id}> to decide: they wrote it.")
        if self._answer == "no":
            await _close_invitation(interaction)
            return
        assert interaction.message is not None, "the button stands under a message"
        quoted = interaction.message.embeds[0].description or "" if interaction.message.embeds else ""
        text = quoted.removeprefix(_OPENS).removesuffix(_CLOSES)
        await begin(interaction, self._session_id, text, invited=True)


def invitation_embed(text: str, link: str) -> discord.Embed:
    """The words of a message that may be asked, as they are."""
    return discord.Embed(description=f"{_OPENS}{text.replace(*_INSIDE)}{_CLOSES}", url=link, title="The message")


async def _close_invitation(interaction: Interaction) -> None:
    # Whether they asked, and as whom, is theirs to tell.
    await interaction.response.edit_message(content=f"<@{interaction.user.id}> has answered.", embed=None, view=None)


async def begin(interaction: Interaction, session_id: int, text: str = "", *, invited: bool = False) -> None:
    """Open the form, unless this member cannot ask in the session. Raises UserFacingError."""
    allowance = await services_of(interaction).questions.allowance(
        guild_of(interaction).id, session_id, asker_of(interaction)
    )
    session = allowance.session

    async def submit(submitted: Interaction, draft: Draft) -> None:
        if invited:
            await _close_invitation(submitted)
        await offer_similar(submitted, session, draft)

    modal = QuestionModal(
        "Ask a question", Draft(text), submit,
        hint=f"You can ask {allowance.left} here" + (", shown once a host has read it" if session.is_moderated else ""),
        anonymous=session.allows_anonymous,
    )  # fmt: skip
    await interaction.response.send_modal(modal)


async def offer_similar(interaction: Interaction, session: Session, draft: Draft) -> None:
    """Keep a question at once, or where others asked alike let its author vote for theirs instead."""
    similar = await services_of(interaction).questions.check(
        session.guild_id, session.id, asker_of(interaction), draft.text, draft.context
    )
    if not similar:
        await keep(interaction, session, draft)
        return
    embed = discord.Embed(title="Others asked nearly the same", description=_listed(similar))
    embed.add_field(name="You wrote", value=safe_within(draft.text, 1024), inline=False)
    text = "If one of these is your question, vote for it: it comes up sooner, and you keep yours for another."
    await _send(interaction, text, embed, _ways_on(session, draft, similar))


def _listed(similar: Sequence[Question]) -> str:
    return "\n".join(
        f"{number}. {safe_within(one_line(one), 900)}\n-# {asked_by(one)}" for number, one in enumerate(similar, 1)
    )


def _ways_on(session: Session, draft: Draft, similar: Sequence[Question]) -> Choice:
    def voting(question: Question) -> Act:
        async def act(pressed: Interaction) -> None:
            await support(pressed, question.id)

        return act

    async def ask_anyway(pressed: Interaction) -> None:
        await keep(pressed, session, draft)

    only = len(similar) == 1
    return Choice([
        *(
            ("Upvote that one" if only else f"Upvote number {number}", discord.ButtonStyle.primary, voting(question))
            for number, question in enumerate(similar, 1)
        ),
        ("Ask anyway", discord.ButtonStyle.secondary, ask_anyway),
    ])  # fmt: skip


async def support(interaction: Interaction, question_id: int) -> None:
    """Vote for what somebody else asked, instead of asking it."""
    services = services_of(interaction)
    question = await services.questions.support(
        guild_of(interaction).id, question_id, asker_of(interaction), services.clock.now()
    )
    text = f"Your vote counts for {start_of(question)}. You still have all your questions."
    await interaction.response.edit_message(content=text, embed=None, view=None)


async def keep(interaction: Interaction, session: Session, draft: Draft) -> None:
    """Keep a question, and tell its asker where it is and how many they have left."""
    services = services_of(interaction)
    question, left = await services.questions.ask(
        session.guild_id, session.id, asker_of(interaction), draft.text, draft.context, draft.anonymous,
        services.clock.now(),
    )  # fmt: skip
    session = await services.sessions.get(session.guild_id, session.id)
    text, view = kept_text(session, question, left).strip(), own_buttons(question)
    embed = question_embed(question)
    if interaction.type is discord.InteractionType.component:
        await interaction.response.edit_message(content=text, embed=embed, view=view)
    else:
        await _send(interaction, text, embed, view)


async def _send(interaction: Interaction, text: str, embed: discord.Embed, view: ui.View) -> None:
    send = interaction.followup.send if interaction.response.is_done() else interaction.response.send_message
    await send(text, embed=embed, view=view, ephemeral=True)
