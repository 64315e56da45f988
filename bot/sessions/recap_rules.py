"""What is told of a session afterwards: its recap in messages that fit, its exports, its calendar file."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.sessions.rules import Question, QuestionState, Session

#: Discord takes 4096 characters in an embed's description; a little is left for what is put around.
LONGEST_PAGE = 3900
#: In the recap a question is told in at most so many characters; exports hold all of it.
LONGEST_TOLD = 300
#: Discord pings at most this many people by name in a message: https://discord.com/developers/docs/resources/message
MOST_PINGED = 50
#: The heading of questions without a topic, where others have one.
NO_TOPIC = "More questions"
#: A recording does not begin further than that before or after its session was opened.
LONGEST_OFFSET = timedelta(hours=12)

_OFFSET = re.compile(r"([-+−]?)(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)")
_SECONDS = re.compile(r"([-+−]?)(\d{1,5}) ?s")
#: Spreadsheets run a cell that begins like this: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Told:
    """A question as the recap tells it.

    `link` leads to its card, `answer_link` to a written answer; both may be empty. `asker_ids` are those who may be
    named: the asker and those whose question was merged into it, never the anonymous ones. `away_ids` are those of
    them who were not there when it was answered.
    """

    question: Question
    link: str = ""
    answer_link: str = ""
    asker_ids: tuple[int, ...] = ()
    away_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Recap:
    """A session with everything that is told of it: what was answered, in that order, and how many were not."""

    session: Session
    answered: Sequence[Told]
    left: int = 0
    attended: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One message of a recap: `text`, and who is pinged in it."""

    text: str
    pinged_ids: tuple[int, ...] = ()


def by_topic(answered: Sequence[Told]) -> list[tuple[str, list[Told]]]:
    """The answered questions under their topics: the topics as they came up, and what has none at the end."""
    topics: dict[str, tuple[str, list[Told]]] = {}
    in_order = sorted(answered, key=lambda told: _answered_order(told.question))
    for told in in_order:
        topics.setdefault(told.question.topic.casefold(), (told.question.topic, []))[1].append(told)
    return sorted(topics.values(), key=lambda topic: not topic[0])


def _answered_order(question: Question) -> tuple[float, int]:
    at = question.taken_at or question.answered_at or question.asked_at
    # A written answer to a question that was taken and put off counts when it was written.
    if question.is_written and question.answered_at is not None:
        at = question.answered_at
    return at.timestamp(), question.id


def offset_of(session: Session, question: Question) -> timedelta | None:
    """How far into the recording a question was taken; None where it was not, or before the recording began."""
    if question.is_written or question.taken_at is None or session.opened_at is None:
        return None
    offset = question.taken_at - session.opened_at + session.recording_offset
    return offset if offset >= timedelta() else None


def offset_text(offset: timedelta) -> str:
    """A place in a recording: `12:40`, `1:02:03`."""
    minutes, seconds = divmod(int(offset.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def read_offset(typed: str) -> timedelta | None:
    """A place in a recording as it was typed: `2:30`, `-2:30`, `1:02:03`, `150 s`; None if it cannot be read."""
    text = typed.strip()
    if clock := _OFFSET.fullmatch(text):
        sign, hours, minutes, seconds = clock.groups()
        if hours is not None and int(minutes) > 59:
            return None
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes), seconds=int(seconds))
    elif plain := _SECONDS.fullmatch(text):
        sign, offset = plain[1], timedelta(seconds=int(plain[2]))
    else:
        return None
    if offset > LONGEST_OFFSET:
        return None
    return -offset if sign in ("-", "−") else offset


def pages_of(recap: Recap, safe: Callable[[str, int], str]) -> list[Page]:
    """The recap in messages that fit; `safe` makes a member's words plain text of at most so many characters."""
    texts = _flow(_blocks(recap, safe))
    in_order = (told for _, questions in by_topic(recap.answered) for told in questions)
    away = list(dict.fromkeys(member_id for told in in_order for member_id in told.away_ids))
    pages: list[Page] = []
    while texts or away:
        pages.append(Page(texts.pop(0) if texts else "", tuple(away[:MOST_PINGED])))
        del away[:MOST_PINGED]
    return pages


def _blocks(recap: Recap, safe: Callable[[str, int], str]) -> Iterable[tuple[str, str]]:
    """What the recap says, piece by piece, with the heading each piece stands under."""
    session = recap.session
    yield "", _summary(recap)
    topics = by_topic(recap.answered)
    number = 0
    for topic, questions in topics:
        heading = "" if len(topics) == 1 and not topic else f"### {safe(topic, 100) or NO_TOPIC}"
        for told in questions:
            number += 1
            yield heading, _told_text(session, told, number, safe)
    in_order = (told for _, questions in topics for told in questions)
    thanked = list(dict.fromkeys(member_id for told in in_order for member_id in told.asker_ids))
    for start in range(0, len(thanked), 100):
        names = _and([f"<@{member_id}>" for member_id in thanked[start : start + 100]])
        yield "### Thank you", f"For asking: {names}." if start == 0 else f"And {names}."


def _summary(recap: Recap) -> str:
    session = recap.session
    hosts = _and([f"<@{host_id}>" for host_id in session.host_ids])
    said = f"{_count(len(recap.answered), 'question')} answered" + (f" with {hosts}" if hosts else "")
    came = f", {_count(recap.attended, 'member')} took part" if recap.attended else ""
    left = f" {_count(recap.left, 'question')} had no answer yet." if recap.left else ""
    lines = [f"{said}{came}.{left}"]
    if session.recording_url:
        lines.append(f"**[Watch the recording](<{session.recording_url}>)**")
    return "\n".join(lines)


def _told_text(session: Session, told: Told, number: int, safe: Callable[[str, int], str]) -> str:
    question = told.question
    words = safe(" ".join(question.text.split()), LONGEST_TOLD)
    linked = f"[{words}]({told.link})" if told.link else words
    who = f"<@{question.answered_by_id}>" if question.answered_by_id is not None else "a host"
    how = f"[in writing]({told.answer_link})" if told.answer_link else "in writing" if question.is_written else ""
    parts = [f"answered by {who}" + (f" {how}" if how else "")]
    asker = _asker(told)
    if asker:
        parts.insert(0, f"asked by {asker}")
    offset = offset_of(session, question) if session.recording_url else None
    if offset is not None:
        parts.append(f"at {offset_text(offset)}")
    return f"**{number}.** {linked}\n{', '.join(parts)}"


def _asker(told: Told) -> str:
    """Who asked, as a recap names them: "<@1> and 3 others"; empty where nobody is known."""
    question = told.question
    if question.is_anonymous:
        first = "someone anonymous"
    elif question.asker_id is None:
        first = "a former member"
    else:
        first = f"<@{question.asker_id}>"
    return f"{first} and {_count(question.others, 'other')}" if question.others else first


def _flow(blocks: Iterable[tuple[str, str]]) -> list[str]:
    """Pieces set one after the other into pages; a heading is repeated where its pieces go on on another page."""
    pages: list[str] = []
    under: str | None = None
    for heading, text in blocks:
        piece = f"{heading}\n{text}" if heading and heading != under else text
        if pages and len(pages[-1]) + 2 + len(piece) <= LONGEST_PAGE:
            pages[-1] += f"\n\n{piece}"
        else:
            pages.append(f"{heading}\n{text}" if heading else text)
        under = heading
    return pages


# ------------------------------------------------------------- exports


def as_markdown(recap: Recap, name: Callable[[int | None], str], questions: Sequence[Question]) -> str:
    """A session as a Markdown file: what was answered by topic, and what was not. `name` calls people."""
    session = recap.session
    lines = [f"# {_plain(session.title)}", ""]
    lines += [f"{session.starts.at:%Y-%m-%d %H:%M} ({session.starts.zone})", ""]
    lines += ["Hosts: " + ", ".join(_plain(name(host_id)) for host_id in session.host_ids), ""]
    if session.recording_url:
        lines += [f"Recording: <{session.recording_url}>", ""]
    topics = by_topic(recap.answered)
    for topic, answered in topics:
        lines += [f"## {_plain(topic) or ('Questions' if len(topics) == 1 else NO_TOPIC)}", ""]
        for told in answered:
            lines += [*_markdown_question(session, told.question, name, told.answer_link), ""]
    open_ones = [question for question in questions if question.state in _LEFT]
    if open_ones:
        lines += ["## Without an answer", ""]
        for question in open_ones:
            lines += [*_markdown_question(session, question, name), ""]
    return "\n".join(lines).rstrip() + "\n"


_LEFT = (QuestionState.OPEN, QuestionState.NOW, QuestionState.SKIPPED, QuestionState.LATER)


def _markdown_question(
    session: Session, question: Question, name: Callable[[int | None], str], answer_link: str = ""
) -> list[str]:
    lines = [f"**{_plain(' '.join(question.text.split()))}**"]
    if question.context:
        lines += ["", *(f"> {_plain(line)}" for line in question.context.splitlines())]
    told = [f"asked by {_plain(asker_name(question, name))}", _count(question.votes, "vote")]
    if question.state is QuestionState.ANSWERED:
        told.append(f"answered by {_plain(name(question.answered_by_id))}")
        offset = offset_of(session, question)
        told += [f"at {offset_text(offset)}"] if offset is not None else []
        told += [f"in writing: <{answer_link}>"] if answer_link else []
    return [*lines, "", ", ".join(told)]


#: The columns of the CSV export.
COLUMNS = (
    "number", "question", "context", "topic", "asked by", "others", "votes", "state", "answered by", "offset",
    "in writing", "asked at", "taken at", "answered at",
)  # fmt: skip


def as_csv(session: Session, questions: Sequence[Question], name: Callable[[int | None], str]) -> str:
    """A session's questions as a CSV file that no spreadsheet takes for formulas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, question in enumerate(questions, 1):
        offset = offset_of(session, question)
        is_answered = question.state is QuestionState.ANSWERED
        cells: list[object] = [
            number, question.text, question.context, question.topic, asker_name(question, name), question.others,
            question.votes, question.state.value, name(question.answered_by_id) if is_answered else "",
            offset_text(offset) if offset is not None and is_answered else "", "yes" if question.is_written else "",
            *(at.isoformat(timespec="seconds") if at else ""
              for at in (question.asked_at, question.taken_at, question.answered_at)),
        ]  # fmt: skip
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue()


def asker_name(question: Question, name: Callable[[int | None], str]) -> str:
    """How the asker is called in an export: never by name where they asked anonymously."""
    return "anonymous" if question.is_anonymous else name(question.asker_id)


def harmless(cell: str) -> str:
    """A cell no spreadsheet runs as a formula: an apostrophe in front makes it text."""
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff").startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


def exportable(questions: Sequence[Question]) -> list[Question]:
    """What an export holds: everything but what was declined, merged or withdrawn, in the order it came up."""
    gone = (QuestionState.DECLINED, QuestionState.MERGED, QuestionState.WITHDRAWN)
    kept = [question for question in questions if question.state not in gone]
    answered = sorted((one for one in kept if one.state is QuestionState.ANSWERED), key=_answered_order)
    rest = [one for one in kept if one.state is not QuestionState.ANSWERED]
    return [*answered, *rest]


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", text)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1]))) if parts else ""
