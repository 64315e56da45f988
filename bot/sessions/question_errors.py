"""Refusals of questions, written to the member who asks or the host who decides."""

from bot.errors import UserFacingError
from bot.sessions.rules import Question, QuestionState, Session


class UnusableQuestionError(UserFacingError):
    """It cannot be kept as it was typed; the sentence says why."""


class NotWelcomeAnonymouslyError(UserFacingError):
    """The session takes no anonymous questions."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            f"**{session.title}** takes questions with your name only. Try again without *anonymous*, or leave it be: "
            "nobody has seen what you wrote."
        )


class NoQuestionsLeftError(UserFacingError):
    """The member has asked as much as each may."""

    def __init__(self, session: Session) -> None:
        most = session.questions_each
        asked = "your question" if most == 1 else f"all {most} of your questions"
        super().__init__(
            f"You have asked {asked} for **{session.title}**. Vote for those of others in its thread; or change or "
            "withdraw one of yours with `/session questions`."
        )


class AskedAlreadyError(UserFacingError):
    """The member asked exactly that before."""

    def __init__(self) -> None:
        super().__init__("You have asked exactly that already. `/session questions` shows what you asked.")


class GoneQuestionError(UserFacingError):
    """There is no such question any more."""

    def __init__(self) -> None:
        super().__init__("That question is gone. The session’s thread shows those there are.")


class OwnQuestionError(UserFacingError):
    """Nobody votes for what they asked."""

    def __init__(self) -> None:
        super().__init__("This is your own question, so it counts for you already. The votes are for the others.")


class NotYourQuestionError(UserFacingError):
    """Only its asker may change or withdraw a question."""

    def __init__(self) -> None:
        super().__init__("Only whoever asked this can change or withdraw it. *Upvote* says that you want to hear it.")


class NoVotesError(UserFacingError):
    """The question takes no votes any more."""

    def __init__(self, question: Question) -> None:
        super().__init__(f"This question takes no votes any more: {state_text(question)}.")


class NotChangeableError(UserFacingError):
    """It is too late to change or withdraw a question."""

    def __init__(self, question: Question) -> None:
        super().__init__(f"This question cannot be changed any more: {state_text(question)}.")


class DecidedError(UserFacingError):
    """Another host was faster, or the asker was."""

    def __init__(self, question: Question) -> None:
        super().__init__(f"That was decided meanwhile: {state_text(question)}.")


class NothingToMergeError(UserFacingError):
    """The questions cannot become one."""

    def __init__(self) -> None:
        super().__init__("There is no other question of this session to merge it with.")


class NotAnonymousError(UserFacingError):
    """There is no anonymity to lift."""

    def __init__(self) -> None:
        super().__init__("This question was not asked anonymously, or its asker asked to be forgotten.")


class NoReasonError(UserFacingError):
    """A reason is needed."""

    def __init__(self) -> None:
        super().__init__("Please write a reason: it is kept, so that others can understand it later.")


_STATES = {
    QuestionState.PENDING: "it waits for a host’s approval",
    QuestionState.OPEN: "it waits in the list",
    QuestionState.NOW: "it is being answered right now",
    QuestionState.ANSWERED: "it was answered",
    QuestionState.LATER: "it will be answered later",
    QuestionState.SKIPPED: "it waits in the list",
    QuestionState.DECLINED: "a host declined it",
    QuestionState.MERGED: "it was merged with another one that asks the same",
    QuestionState.WITHDRAWN: "its asker withdrew it",
}


def state_text(question: Question) -> str:
    """Where a question stands, as a part of a sentence."""
    return _STATES[question.state]
