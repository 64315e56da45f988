"""Who may ask how much, which questions are alike, and how often a card may be drawn."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from bot.sessions.rules import (
    LONGEST_CONTEXT,
    LONGEST_QUESTION,
    SHORTEST_QUESTION,
    WAITING_STATES,
    Question,
    QuestionState,
    Session,
)
from bot.sessions.schedule_rules import may_take_part

#: A reason of a host, to an asker or for lifting anonymity.
LONGEST_REASON = 300
#: How many similar questions are offered before a new one is kept.
MOST_OFFERED = 3
#: From this likeness on, of 100, a question is offered. Measured on pairs of questions in the tests of these rules.
ALIKE = 70.0
#: An asker may change and withdraw it.
CHANGEABLE = (QuestionState.PENDING, *WAITING_STATES)
#: A host may decide about it: before it is shown, and while it waits.
DECIDABLE = CHANGEABLE
#: Its card stands in the thread.
SHOWN = (*WAITING_STATES, QuestionState.NOW, QuestionState.ANSWERED)
#: Does not count towards what a member may ask.
_GIVEN_BACK = (QuestionState.WITHDRAWN, QuestionState.DECLINED)

#: Words that nearly every question has; what two questions share besides them is what makes them alike.
_FILLERS = frozenset({
    "a", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does",
    "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "me", "my", "of",
    "on", "or", "our", "should", "so", "some", "that", "the", "their", "them", "there", "these", "they", "this",
    "to", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you",
    "your", "am", "us", "about", "please", "hi", "hello", "thanks",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asker:
    """A member who asks or votes, with the roles they have at this moment."""

    member_id: int
    role_ids: frozenset[int] = frozenset()


def may_ask(session: Session, asker: Asker) -> bool:
    """Whether a member passes the session's role gate; its hosts need no role."""
    return asker.member_id in session.host_ids or may_take_part(session, asker.role_ids)


def questions_left(session: Session, asked: Iterable[Question]) -> int:
    """How many questions a member who asked these may still ask. Withdrawn and declined ones are given back."""
    counted = sum(question.state not in _GIVEN_BACK for question in asked)
    return max(0, session.questions_each - counted)


def fault_of(text: str, context: str) -> str | None:
    """What keeps a text from being a question, as a sentence to its author; None where nothing does."""
    if len(text.strip()) < SHORTEST_QUESTION:
        return f"That is very short. A question has at least {SHORTEST_QUESTION} characters: what exactly do you ask?"
    if len(text.strip()) > LONGEST_QUESTION or len(context.strip()) > LONGEST_CONTEXT:
        return f"That is too long. Question and context have up to {LONGEST_QUESTION} characters each."
    return None


def plain(text: str) -> str:
    """A text as it is compared: one case, no marks and accents, no words that every question has, in Unicode's terms.

    Where nothing else is left, the words every question has are kept.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    words = re.sub(r"[’']", "", letters)
    words = re.sub(r"[\W_]+", " ", words).split()
    return " ".join([word for word in words if word not in _FILLERS] or words)


def likeness(first: str, second: str) -> float:
    """How alike two texts are, from 0 to 100: the same words in any order, or most of the shorter one in the longer."""
    one, other = plain(first), plain(second)
    if not one or not other:
        return 0.0
    shorter = min(len(one.split()), len(other.split()))
    same = fuzz.token_sort_ratio(one, other)
    # A text of two words stands in many a longer one without meaning the same.
    return max(same, 0.9 * fuzz.token_set_ratio(one, other)) if shorter > 2 else same


def alike(text: str, questions: Sequence[Question], most: int = MOST_OFFERED) -> list[Question]:
    """Those of the questions that ask nearly the same, the most alike first."""
    rated = [(likeness(text, question.text), question) for question in questions]
    near = [(score, question) for score, question in rated if score >= ALIKE]
    return [question for _, question in sorted(near, key=lambda one: (-one[0], one[1].asked_at, one[1].id))][:most]


def by_likeness(question: Question, others: Sequence[Question]) -> list[Question]:
    """The others, those first that a host may want to merge it with."""
    return sorted(others, key=lambda other: (-likeness(question.text, other.text), other.asked_at, other.id))


def first_asked(one: Question, other: Question) -> tuple[Question, Question]:
    """Of two questions that are merged the one that stays, and the one that goes into it: who asked first is named."""
    return (one, other) if (one.asked_at, one.id) <= (other.asked_at, other.id) else (other, one)
