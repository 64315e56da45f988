"""Refusals while a session is open: each tells what happened meanwhile, as two hosts may press at once."""

from datetime import datetime

from bot.errors import UserFacingError
from bot.sessions.rules import Question, QuestionState, Session, SessionState

_WHAT_HAPPENED = {
    QuestionState.PENDING: "waits for a host’s approval",
    QuestionState.OPEN: "waits in the list again",
    QuestionState.SKIPPED: "was skipped",
    QuestionState.LATER: "was put aside for a later answer",
    QuestionState.DECLINED: "was declined",
    QuestionState.MERGED: "was merged into another one",
    QuestionState.WITHDRAWN: "was withdrawn by its asker",
}


class MeanwhileError(UserFacingError):
    """Somebody was faster. The sentence says what the question is now."""

    def __init__(self, question: Question) -> None:
        super().__init__(f"That has changed meanwhile: {what_happened(question)}. The panel shows how it is now.")


class BusyError(UserFacingError):
    """Another question is being answered already."""

    def __init__(self, question: Question) -> None:
        super().__init__(
            f"{_host(question)} is answering “{_start(question)}” already. Press *Answered* or *Next* on the panel "
            "first."
        )


class NothingWaitsError(UserFacingError):
    """No question waits that nobody put off."""

    def __init__(self) -> None:
        super().__init__("No question waits just now. Skipped ones can be picked from the list on the panel.")


class NotOpenError(UserFacingError):
    """The session is not open; it says whether it was closed or has not begun."""

    def __init__(self, session: Session) -> None:
        match session.state:
            case SessionState.PLANNED:
                how = "is not open yet. `/session open` opens it"
            case SessionState.CANCELLED:
                how = "was cancelled"
            case _:
                when = f" <t:{int(session.closed_at.timestamp())}:R>" if session.closed_at else ""
                how = f"was closed{when}"
        super().__init__(f"**{session.title}** {how}.")


class NotClosedError(UserFacingError):
    """What happens after a session was asked of one that is not over."""

    def __init__(self, session: Session) -> None:
        super().__init__(f"**{session.title}** is not over yet. `/session close` ends it.")


class AlreadyOpenError(UserFacingError):
    """Somebody opened the session before."""

    def __init__(self, session: Session) -> None:
        super().__init__(f"**{session.title}** is open already. Its panel is in the hosts’ channel.")


class TooEarlyError(UserFacingError):
    """The start is too far away to open the session."""

    def __init__(self, session: Session, opens_at: datetime) -> None:
        super().__init__(
            f"**{session.title}** can be opened from <t:{int(opens_at.timestamp())}:f>. To begin earlier, move its "
            "start with `/session edit`."
        )


class LengthenedError(UserFacingError):
    """Another host added time already."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            f"Time was added meanwhile: **{session.title}** now ends <t:{int(session.ends_at.timestamp())}:t>. "
            "Press again if that is not enough."
        )


class LongEnoughError(UserFacingError):
    """No more time can be added."""

    def __init__(self) -> None:
        super().__init__("It cannot be made longer. Close it, and plan another session for what is left.")


class NoCoHostError(UserFacingError):
    """Nobody is there to hand a question to."""

    def __init__(self) -> None:
        super().__init__("There is no other host to hand it to. `/session edit` adds hosts.")


class NothingToHandError(UserFacingError):
    """No question is being answered."""

    def __init__(self) -> None:
        super().__init__("No question is being answered just now, so there is nothing to do. *Answer now* takes one.")


class NoSuchQuestionError(UserFacingError):
    """The session has no such question."""

    def __init__(self) -> None:
        super().__init__("That question is gone. The panel shows those there are.")


class NoNextSessionError(UserFacingError):
    """There is no planned session to carry questions over to."""

    def __init__(self) -> None:
        super().__init__(
            "No other session is planned yet. Plan one with `/session create`, then press the button again."
        )


class NotAnAnswerError(UserFacingError):
    """A message cannot count as a written answer; the sentence says why."""


class BadLinkError(UserFacingError):
    """Not a link that people can open."""

    def __init__(self) -> None:
        super().__init__("That is no link. It starts with `https://`; copy it from the address bar.")


class UnreadableOffsetError(UserFacingError):
    """What was typed is no place in a recording."""

    def __init__(self) -> None:
        super().__init__(
            "I cannot read that as a place in the recording. Write minutes and seconds, like `2:30`, or `-2:30` where "
            "the recording began that long after the session."
        )


def what_happened(question: Question) -> str:
    """What a question is now, as the rest of a sentence."""
    about = f"“{_start(question)}”"
    match question.state:
        case QuestionState.NOW:
            return f"{_host(question)} is answering {about}"
        case QuestionState.ANSWERED:
            return f"{about} was answered by {_host(question, subject=False)}"
        case state:
            return f"{about} {_WHAT_HAPPENED[state]}"


def _host(question: Question, *, subject: bool = True) -> str:
    if question.answered_by_id is None:
        return "A host" if subject else "a host"
    return f"<@{question.answered_by_id}>"


def _start(question: Question) -> str:
    line = " ".join(question.text.split())
    return line if len(line) <= 80 else line[:79].rstrip() + "…"
