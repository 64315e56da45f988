"""The tour: steps, and the facts that tick each one. A step is done when it has happened, however it came about.

To add a step, note its fact in `Facts.note` if it is not noted yet, and put a `Step` into `STEPS`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bot.rehearsal.witness import Answered, Asked, Edited, Event, Posted, ThreadOpened

_HI = re.compile(r"greeting:hi:(\d+)")
_CLAIM = re.compile(r"discounts:claim:\d+")
_VOTE = re.compile(r"sessions:vote:\d+")
_PANEL = re.compile(r"sessions:panel:(?P<action>\w+):\d+:(?P<question>\d+):\d+")
_RECAP = ("Recap:", "Answered while you were away")
_FINE = re.compile(r"impostors:fine:\d+")
#: Through whose eyes a step is seen.
Eyes = Literal["newest", "host", "another", "latest"]

CLOSING = (
    "That was the whole round: what you saw is what your people will see. Look around as long as you like; "
    "the ⋯ on a message has a few more commands."
)


@dataclass(frozen=True, slots=True)
class Cast:
    """What the facts need to know of the world: the bot, five channels, who hosts, and who writes the blog."""

    bot_id: int
    greeting_channel: int
    introductions_channel: int
    hosts: frozenset[int]
    hosts_channel: int
    blog_channel: int
    announcements_channel: int
    author: int


@dataclass(slots=True)
class Facts:
    """What has happened so far, as far as the tour cares.

    `cards` are introductions by message id, `impostors` newcomers the hosts were warned of, `host_answers` the commands
    and forms of hosts that were answered. `exported` and `deleted` are those who took along or deleted what is kept.
    `published` counts the posts on the blog since the start, `announced` are the bot's messages about them, `talks` the
    threads in the blog's channel, `answered` those where a reader wrote, `called` those where the bot then called the
    author. `claimed` and `missing` are those who got a code, or read what they still need for one; `over` counts the
    cards in #announcements that lost their button. `askers` and `voters` did so for a session; `panels` counts hosts'
    panels of open ones, `finished` are the questions they answered, and `recaps` counts what was told afterwards.
    """

    cast: Cast
    newcomers: set[int] = field(default_factory=set[int])
    accepted_rules: set[int] = field(default_factory=set[int])
    greeted: set[int] = field(default_factory=set[int])
    cards: dict[int, int] = field(default_factory=dict[int, int])
    said_hi_to: set[int] = field(default_factory=set[int])
    nudged_about: set[int] = field(default_factory=set[int])
    impostors: set[int] = field(default_factory=set[int])
    exported: set[int] = field(default_factory=set[int])
    deleted: set[int] = field(default_factory=set[int])
    published: int = 0
    announced: set[int] = field(default_factory=set[int])
    talks: set[int] = field(default_factory=set[int])
    answered: set[int] = field(default_factory=set[int])
    called: set[int] = field(default_factory=set[int])
    claimed: set[int] = field(default_factory=set[int])
    missing: set[int] = field(default_factory=set[int])
    over: int = 0
    askers: set[int] = field(default_factory=set[int])
    voters: set[int] = field(default_factory=set[int])
    panels: int = 0
    finished: set[int] = field(default_factory=set[int])
    recaps: int = 0
    host_answers: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    newest_before_restart: int = 0
    old_buttons_answered: int = 0
    _form_of: dict[tuple[int, str], str] = field(default_factory=dict[tuple[int, str], str])

    def note(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case Posted() if event.author_id == self.cast.bot_id:
                self._posted(event)
            case Posted() if event.channel_id in self.talks and event.author_id != self.cast.author:
                self.answered.add(event.channel_id)
            case Edited() if event.channel_id == self.cast.announcements_channel and not event.custom_ids:
                self.over += event.author_id == self.cast.bot_id
            case ThreadOpened() if event.thread_id in self.cards:
                self.said_hi_to.add(self.cards[event.thread_id])
            case ThreadOpened() if event.parent_id == self.cast.blog_channel and event.owner_id == self.cast.bot_id:
                self.talks.add(event.thread_id)
            case Asked() if found := _PANEL.fullmatch(event.custom_id):
                if found["action"] in ("done", "next") and int(found["question"]):
                    self.finished.add(int(found["question"]))
            case Answered(asked=Asked() as asked):
                self._answered(event, asked)
            case _:
                pass

    def _posted(self, event: Posted) -> None:
        if event.channel_id == self.cast.greeting_channel:
            self.greeted |= event.about & self.newcomers
        if event.channel_id == self.cast.introductions_channel:
            for custom_id in event.custom_ids:
                if (found := _HI.fullmatch(custom_id)) and int(found[1]) in self.newcomers:
                    self.cards[event.message_id] = int(found[1])
        if event.channel_id == self.cast.hosts_channel:
            # A nudge links to the card, and so names its message.
            self.nudged_about |= {self.cards[message_id] for message_id in event.about & self.cards.keys()}
        if event.channel_id == self.cast.blog_channel and self.published:
            self.announced.add(event.message_id)
        if event.channel_id in self.answered and self.cast.author in event.about:
            self.called.add(event.channel_id)
        self.panels += any(map(_PANEL.fullmatch, event.custom_ids))
        self.recaps += event.text.startswith(_RECAP)
        if any(map(_FINE.fullmatch, event.custom_ids)):
            self.impostors |= event.about & self.newcomers

    def _answered(self, event: Answered, asked: Asked) -> None:
        if asked.message_id is not None and asked.by != "form" and asked.message_id <= self.newest_before_restart:
            self.old_buttons_answered += 1
        if _CLAIM.fullmatch(asked.custom_id) or (asked.by, asked.what) == ("command", "code claim"):
            if event.text.startswith("Your code"):
                self.claimed.add(asked.member_id)
            elif event.text.startswith("Not yet"):
                self.missing.add(asked.member_id)
        self._answered_in_session(event, asked)
        match asked.by, asked.what:
            case "command", "privacy export":
                self.exported.add(asked.member_id)
            case "button", "Delete everything":
                self.deleted.add(asked.member_id)
            case _:
                pass
        if event.how == "form":
            self._form_of[asked.member_id, event.text] = asked.what
        elif asked.member_id in self.cast.hosts and not event.again:
            opened_by = self._form_of.get((asked.member_id, asked.what), "")
            self.host_answers.add((asked.by, opened_by if asked.by == "form" else asked.what))

    def _answered_in_session(self, event: Answered, asked: Asked) -> None:
        if _VOTE.fullmatch(asked.custom_id) and event.text.startswith("Your vote is in"):
            self.voters.add(asked.member_id)
        # A question may have to be asked once more, where somebody asked nearly the same.
        if event.text.startswith("Your question for "):
            self.askers.add(asked.member_id)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step happens: words for the button that leads there, a channel's purpose, and whose eyes.

    `in_thread` leads into the channel's newest thread, once it has one.
    """

    label: str
    purpose: str
    eyes: Eyes
    in_thread: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to try. `done` reads the facts; `place` is where to go for it, if it has a place."""

    id: str
    title: str
    hint: str
    done: Callable[[Facts], bool]
    place: Place | None = None


STEPS: tuple[Step, ...] = (
    Step(
        "join",
        "Join as someone new",
        "Choose a name above the stage and press Join. A greeting appears in #welcome.",
        lambda facts: bool(facts.greeted),
        Place("Go to #welcome", "greeting", "host"),
    ),
    Step(
        "introduce",
        "Introduce yourself as them",
        "Press the button on the greeting and fill in the form.",
        lambda facts: bool(facts.cards),
        Place("Be the newcomer", "greeting", "newest"),
    ),
    Step(
        "say-hi",
        "Say hi to them as someone else",
        "Under their introduction, press Say hi. A thread opens for the two of you.",
        lambda facts: bool(facts.said_hi_to),
        Place("See it as Maya", "introductions", "another"),
    ),
    Step(
        "rules",
        "Join with rules to accept first",
        "Tick “rules first”, join, then accept the rules. The greeting waits until you do.",
        lambda facts: bool(facts.accepted_rules & facts.greeted),
    ),
    Step(
        "ask",
        "Ask a question",
        "A live Q&A starts in two hours. As Maya, press Ask a question under its card in #questions.",
        lambda facts: bool(facts.askers),
        Place("Be Maya", "questions", "another"),
    ),
    Step(
        "vote",
        "Vote",
        "In the thread of the Q&A, press Upvote under somebody else’s question.",
        lambda facts: bool(facts.voters),
        Place("Go to the thread", "questions", "another", in_thread=True),
    ),
    Step(
        "open",
        "Move time to the start and open it",
        "Press +1 h twice: it opens by itself, and the hosts get their panel in #hosts.",
        lambda facts: facts.panels > 0,
        Place("Be the host", "hosts", "host"),
    ),
    Step(
        "lead",
        "Answer two as the host",
        "On the panel, press Answer now, then Next, then Answered. The thread shows what is being answered.",
        lambda facts: len(facts.finished) > 1,
        Place("Be the host", "hosts", "host"),
    ),
    Step(
        "recap",
        "Close and read the recap",
        "On the panel, press Close, and say so once more. The recap tells what was answered, and by whom.",
        lambda facts: facts.recaps > 0,
        Place("Go to the thread", "questions", "host", in_thread=True),
    ),
    Step(
        "unanswered",
        "Let an introduction go unanswered for 3 hours",
        "Introduce somebody new and answer nobody. Press +1 h three times: the hosts get a nudge in #hosts.",
        lambda facts: bool(facts.nudged_about),
        Place("Be the host", "hosts", "host"),
    ),
    Step(
        "publish",
        "Publish a post",
        "Press Publish a post on the right. Tribekeeper reads the blog and brings the post to #blog.",
        lambda facts: bool(facts.announced),
        Place("Go to #blog", "blog", "host"),
    ),
    Step(
        "answer",
        "Answer in its thread",
        "As a reader, write something in the post’s thread. Carol is called in, once.",
        lambda facts: bool(facts.called),
        Place("See it as Maya", "blog", "another", in_thread=True),
    ),
    Step(
        "claim",
        "Claim SOCIAL as the regular",
        "Maya has long taken part. As her, press Get my code in #announcements: only she sees it.",
        lambda facts: bool(facts.claimed - facts.cast.hosts),
        Place("Be Maya", "announcements", "another"),
    ),
    Step(
        "missing",
        "See why the newcomer can’t yet",
        "Kofi came six days ago. As him, press the same button: he reads what is met, and what is missing.",
        lambda facts: bool(facts.missing),
        Place("Be Kofi", "announcements", "latest"),
    ),
    Step(
        "deadline",
        "Move time past the deadline",
        "Press +1 day twice. The card in #announcements says by itself that it is over.",
        lambda facts: facts.over > 0,
        Place("Go to #announcements", "announcements", "host"),
    ),
    Step(
        "impostor",
        "Join as an impostor of the host",
        "Join as “Caro1” or “Carol (official)”. In #hosts, both stand side by side; nothing else happens.",
        lambda facts: bool(facts.impostors),
        Place("Be the host", "hosts", "host"),
    ),
    Step(
        "privacy",
        "Export and delete your data",
        "Send /privacy export, then /privacy delete. What the bot posted about them is taken down.",
        lambda facts: bool(facts.exported & facts.deleted),
        Place("Be the newcomer", "greeting", "newest"),
    ),
    Step(
        "setup",
        "Look at the set-up panel",
        "As the host, write /setup, press Enter, then send it with the arrow beside it.",
        lambda facts: ("command", "setup") in facts.host_answers,
        Place("Be the host", "hosts", "host"),
    ),
    Step(
        "words",
        "Change the greeting’s words",
        "As the host, send /greeting edit. A newcomer will read the words you choose.",
        lambda facts: ("form", "greeting edit") in facts.host_answers,
        Place("Be the host", "hosts", "host"),
    ),
    Step(
        "restart",
        "Restart, then press an old button",
        "Press Restart above the stage; then any button from before still works.",
        lambda facts: facts.old_buttons_answered > 0,
        Place("Back to #welcome", "greeting", "newest"),
    ),
)


class Tour:
    """Which steps are done. A tick stays, whatever happens later."""

    def __init__(self, facts: Facts, steps: tuple[Step, ...] = STEPS) -> None:
        self.facts = facts
        self.steps = steps
        self._done: set[str] = set()

    def note(self, event: Event) -> None:
        """Take in one event."""
        self.facts.note(event)
        self.look()

    def look(self) -> None:
        """Tick what the facts now show."""
        self._done |= {step.id for step in self.steps if step.done(self.facts)}

    def is_done(self, step: Step) -> bool:
        """Whether this step has happened."""
        return step.id in self._done

    @property
    def closing(self) -> str:
        """A last line once everything is done, empty before."""
        return CLOSING if all(map(self.is_done, self.steps)) else ""

    def step(self, step_id: str) -> Step | None:
        """The step with this id."""
        return next((step for step in self.steps if step.id == step_id), None)
