"""What members do with questions, whichever button, menu or command they used."""

from contextlib import suppress
from typing import Any

import discord

from bot.errors import UserFacingError
from bot.sessions.question_errors import GoneQuestionError, NotChangeableError, NotYourQuestionError
from bot.sessions.question_rules import CHANGEABLE, Asker, may_ask
from bot.sessions.rules import Question, QuestionState, Session
from bot.ui.people import find_member
from bot.ui.text import safe_within
from bot.ui.views import BaseView
from cogs.sessions.choices import check_gate, chosen_session, guild_of, services_of
from cogs.sessions.forms import Act, Choice
from cogs.sessions.panel_actions import now_of
from cogs.sessions.question_cards import short
from cogs.sessions.question_forms import QuestionModal, Typed
from cogs.sessions.words import called

Interaction = discord.Interaction[Any]

#: What a member typed is shown to them once more while they choose; Discord takes 2000 characters.
_SHOWN = 900


class NothingToAskError(UserFacingError):
    """No session is planned."""

    def __init__(self) -> None:
        super().__init__("No Q&A is planned just now. `/session list` will show the next one; ask then.")


def asker_of(interaction: Interaction) -> Asker:
    """Whoever acts, with the roles they have now."""
    member = interaction.user
    assert isinstance(member, discord.Member), "sessions are held in guilds"
    return asker_from(member)


def asker_from(member: discord.Member) -> Asker:
    """A member, with the roles they have now."""
    return Asker(member.id, frozenset(role.id for role in member.roles))


async def session_to_ask(interaction: Interaction, typed: str = "", asker: Asker | None = None) -> Session:
    """The session that was named; else the one whose thread this is; else the next one `asker` may ask in, an open one
    first. Raises NoSuchSessionError, NothingToAskError, NotForYouError.
    """
    sessions, guild = services_of(interaction).sessions, guild_of(interaction)
    if typed.strip():
        return await chosen_session(interaction, typed)
    ahead = await sessions.list_ahead(guild.id)
    here = [session for session in ahead if session.thread_id == interaction.channel_id]
    first = await sessions.next_for_asking(guild.id)
    if first is None:
        raise NothingToAskError
    asker = asker or asker_of(interaction)
    possible = [session for session in (*here, first, *ahead) if may_ask(session, asker)]
    return (possible or [first])[0]


# ----------------------------------------------------------------- asking


async def begin(
    interaction: Interaction, session_id: int, typed: Typed | None = None, invitation: discord.Message | None = None
) -> None:
    """Open the form of a question, or say why there is none; `invitation` goes once the question is asked."""
    guild, services = guild_of(interaction), services_of(interaction)
    session = await services.sessions.get(guild.id, session_id)
    check_gate(interaction, session)
    allowance = await services.questions.allowance(guild.id, session_id, asker_of(interaction))
    left = f"{allowance.left} of {session.questions_each}"
    hint = f"15 to 1000 characters. You have {left} question{'' if allowance.left == 1 else 's'} left."

    async def submit(pressed: Interaction, filled: Typed) -> None:
        await offer(pressed, session, filled, invitation)

    heading = f"Ask: {session.title}"
    form = QuestionModal(heading, hint, typed or Typed(), submit, offers_anonymous=session.allows_anonymous)
    await interaction.response.send_modal(form)


async def offer(
    interaction: Interaction, session: Session, typed: Typed, invitation: discord.Message | None = None
) -> None:
    """Show what others asked alike, to vote for instead; where nobody did, keep the question."""
    check_gate(interaction, session)
    similar = await services_of(interaction).questions.check(
        session.guild_id, session.id, asker_of(interaction), typed.text, typed.context
    )
    if not similar:
        await keep(interaction, session, typed, invitation)
        return

    async def ask_anyway(pressed: Interaction) -> None:
        await keep(pressed, session, typed, invitation)

    one = len(similar) == 1
    lines = [f"{number}. {short(other, 250)} · {_votes(other)}" for number, other in enumerate(similar, 1)]
    choices = [
        ("Upvote that one" if one else f"Upvote number {number}", discord.ButtonStyle.success, _supporting(other))
        for number, other in enumerate(similar, 1)
    ]
    choices.append(("Ask anyway", discord.ButtonStyle.secondary, ask_anyway))
    found = "Somebody asked nearly the same" if one else "Some asked nearly the same"
    await interaction.response.send_message(
        f"{found}. A vote for it brings the answer nearer, and leaves you your question:\n"
        + "\n".join(lines)
        + f"\nYou wrote:\n>>> {safe_within(typed.text, _SHOWN)}",
        view=Choice(choices),
        ephemeral=True,
        allowed_mentions=discord.AllowedMentions.none(),
    )


def _supporting(question: Question) -> Act:
    async def act(interaction: Interaction) -> None:
        services = services_of(interaction)
        await _check_gate_of(interaction, question.id)
        voted = await services.questions.support(
            question.guild_id, question.id, asker_of(interaction), now_of(interaction)
        )
        told = f"Your vote is in: “{short(voted, 300)}” has {_votes(voted)} now. Your own question was not asked."
        await interaction.response.edit_message(content=told, view=None)

    return act


async def keep(
    interaction: Interaction, session: Session, typed: Typed, invitation: discord.Message | None = None
) -> None:
    """Keep a question, and tell its asker where it is and how many they have left."""
    check_gate(interaction, session)
    question, left = await services_of(interaction).questions.ask(
        session.guild_id, session.id, asker_of(interaction), typed.text, typed.context, typed.anonymous,
        now_of(interaction),
    )  # fmt: skip
    await tell(interaction, _asked(session, question, left))
    if invitation is not None:
        with suppress(discord.HTTPException):  # It may be gone already; then it asks nobody any more.
            await invitation.delete()


def _asked(session: Session, question: Question, left: int) -> str:
    where = f"in <#{session.thread_id}>" if session.thread_id else "in its thread as soon as that opens"
    lines = [f"Your question for {called(session)} is {where}."]
    if question.state is QuestionState.PENDING:
        lines = [f"Your question for {called(session)} is with the hosts. Once they have approved it, it is {where}."]
    if question.is_anonymous:
        lines.append("Your name is not shown.")
    more = {0: "That was your last one here.", 1: "You have 1 more question."}
    lines.append(more.get(left, f"You have {left} more questions."))
    lines.append("Until it is answered you can change or withdraw it with `/session questions`.")
    return " ".join(lines)


async def tell(interaction: Interaction, text: str, view: BaseView | None = None) -> None:
    """Answer only whoever acts; what only they see already is written over."""
    message = interaction.message
    nobody = discord.AllowedMentions.none()
    is_press = interaction.type is discord.InteractionType.component
    if is_press and message is not None and message.flags.ephemeral:
        await interaction.response.edit_message(
            content=text, embed=None, view=view, allowed_mentions=nobody
        )  # fmt: skip
    else:
        await interaction.response.send_message(
            text, view=view or discord.utils.MISSING, ephemeral=True, allowed_mentions=nobody
        )


# ----------------------------------------------------------------- votes


async def vote(interaction: Interaction, question_id: int) -> None:
    """Vote, or take the vote back."""
    await _check_gate_of(interaction, question_id)
    is_on, question = await services_of(interaction).questions.vote(
        guild_of(interaction).id, question_id, asker_of(interaction), now_of(interaction)
    )
    told = f"Your vote is in; it has {_votes(question)} now. Press *Upvote* again to take it back."
    if not is_on:
        told = f"You took your vote back; it has {_votes(question)} now."
    await interaction.response.send_message(told, ephemeral=True)


async def _check_gate_of(interaction: Interaction, question_id: int) -> None:
    session, _ = await found(interaction, question_id)
    check_gate(interaction, session)


async def found(interaction: Interaction, question_id: int) -> tuple[Session, Question]:
    """A question and its session. Raises GoneQuestionError."""
    known = await services_of(interaction).questions.find(guild_of(interaction).id, question_id)
    if known is None:
        raise GoneQuestionError
    return known


def _votes(question: Question) -> str:
    return f"{question.votes} vote{'' if question.votes == 1 else 's'}"


# ----------------------------------------------------------------- one's own


async def own(interaction: Interaction, question_id: int) -> tuple[Session, Question]:
    """A question of whoever acts. Raises NotYourQuestionError."""
    session, question = await found(interaction, question_id)
    if question.asker_id != interaction.user.id:
        raise NotYourQuestionError
    return session, question


async def begin_edit(interaction: Interaction, question_id: int) -> None:
    """Open the form with what the asker wrote."""
    session, question = await own(interaction, question_id)
    check_gate(interaction, session)
    if question.state not in CHANGEABLE:
        raise NotChangeableError(question)

    async def submit(pressed: Interaction, filled: Typed) -> None:
        check_gate(pressed, session)
        changed = await services_of(pressed).questions.edit(
            session.guild_id, question_id, asker_of(pressed), filled.text, filled.context, now_of(pressed)
        )
        again = " A host reads it before it is shown." if changed.state is QuestionState.PENDING else ""
        await tell(pressed, f"Changed: “{short(changed, 300)}”.{again}")

    hint = "A host reads it anew before it is shown." if session.is_moderated else "Those who voted see the new words."
    typed = Typed(question.text, question.context)
    form = QuestionModal("Change your question", hint, typed, submit, offers_anonymous=False)
    await interaction.response.send_modal(form)


async def withdraw(interaction: Interaction, question_id: int) -> None:
    """Take a question back."""
    session, question = await own(interaction, question_id)
    await services_of(interaction).questions.withdraw(
        session.guild_id, question_id, interaction.user.id, now_of(interaction)
    )
    told = f"Withdrawn: “{short(question, 300)}”."
    await tell(interaction, told if session.is_over else f"{told} You may ask another one with `/ask`.")


# ----------------------------------------------------------------- another member's words


async def check_author(interaction: Interaction, message: discord.Message) -> tuple[discord.Member, Session]:
    """The author of another member's message, and the next session they may ask in. Raises UserFacingError."""
    if message.author.bot or message.webhook_id is not None:
        raise UserFacingError("That was not written by a member, so there is nobody to ask it. `/ask` is for yours.")
    member = await find_member(guild_of(interaction), message.author.id)
    if member is None:
        raise UserFacingError("Whoever wrote that has left, so nobody could say yes. You may ask it yourself: `/ask`.")
    session = await session_to_ask(interaction, asker=asker_from(member))
    if not may_ask(session, asker_from(member)):
        raise UserFacingError(f"{called(session)} is for members with a role that {member.mention} does not have.")
    return member, session
