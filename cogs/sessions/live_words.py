"""Questions in the words hosts read."""

from collections.abc import Sequence

from bot.sessions.rules import Question
from bot.ui.text import safe_within

#: A field of a card takes 1024 characters.
_SHOWN, _NOTES = 850, 1000


def question_text(question: Question, longest: int = _SHOWN) -> str:
    """What was asked, in one line, with its topic."""
    topic = f"**{safe_within(question.topic, 60)}:** " if question.topic else ""
    return topic + safe_within(" ".join(question.text.split()), longest - len(topic))


def asked_by(question: Question) -> str:
    """Who asked, as far as anybody may know, and how many want to hear the answer."""
    votes = f"{question.votes} vote{'' if question.votes == 1 else 's'}"
    if question.is_anonymous:
        who = "asked anonymously"
    else:
        who = f"asked by <@{question.asker_id}>" if question.asker_id else "asked by a former member"
    others = f" and {question.others} other{'' if question.others == 1 else 's'}" if question.others else ""
    return f"{who}{others} · {votes}"


def notes_text(notes: Sequence[tuple[int | None, str]]) -> str:
    """Private notes, the newest in full where not all fit."""
    lines: list[str] = []
    for author_id, text in reversed(notes):
        line = f"{f'<@{author_id}>' if author_id else 'Somebody'}: {safe_within(text, 400)}"
        if sum(map(len, lines)) + len(line) + len(lines) > _NOTES:
            lines.append("…")
            break
        lines.append(line)
    return "\n".join(reversed(lines))
