"""Steps are ticked by what happened, not by what was pressed."""

import pytest

from bot.rehearsal.tour import STEPS, Cast, Facts, Tour
from bot.rehearsal.witness import Answered, Asked, Edited, Event, Posted, ThreadOpened

BOT, HOST, NOOR, MAYA, WALTER = 1, 2, 3, 4, 5
WELCOME, INTRODUCTIONS, LOUNGE, HOSTS, BLOG, NEWS = 10, 11, 12, 13, 14, 15
THREAD = 400


def a_tour() -> Tour:
    hosts = frozenset({HOST, WALTER})
    tour = Tour(Facts(Cast(BOT, WELCOME, INTRODUCTIONS, hosts, HOSTS, BLOG, NEWS, author=HOST)))
    tour.facts.newcomers.add(NOOR)
    return tour


def done(tour: Tour) -> list[str]:
    return [step.id for step in tour.steps if tour.is_done(step)]


def greeting(channel: int = WELCOME, author: int = BOT, about: int = NOOR) -> Posted:
    return Posted(channel, 100, author, "Welcome!", frozenset({about}))


def card() -> Posted:
    return Posted(INTRODUCTIONS, 200, BOT, "Meet Noor", frozenset({NOOR}), (f"greeting:hi:{NOOR}",))


def nudge(channel: int = HOSTS, author: int = BOT, about: int = 200) -> Posted:
    return Posted(channel, 300, author, "Noor introduced themselves 3 hours ago", frozenset({about}))


def asked(by: str, what: str, member: int = HOST, message: int | None = None) -> Asked:
    return Asked(1, member, LOUNGE, by, what, "", message)  # type: ignore[arg-type]


def answered(question: Asked, how: str = "message", text: str = "", *, again: bool = False) -> Answered:
    return Answered(question, how, text, private=True, again=again)  # type: ignore[arg-type]


def test_nothing_is_done_at_first():
    assert done(a_tour()) == []


def test_a_greeting_that_names_the_newcomer_ticks_joining():
    tour = a_tour()
    tour.note(greeting())
    assert done(tour) == ["join"]


@pytest.mark.parametrize("event", [greeting(channel=LOUNGE), greeting(author=MAYA), greeting(about=MAYA)])
def test_other_messages_do_not_tick_joining(event: Event):
    tour = a_tour()
    tour.note(event)
    assert done(tour) == []


def test_an_introduction_and_a_thread_on_it_tick_the_next_two():
    tour = a_tour()
    tour.note(card())
    assert done(tour) == ["introduce"]
    tour.note(ThreadOpened(200, INTRODUCTIONS, BOT, "Say hi to Noor"))
    assert done(tour) == ["introduce", "say-hi"]


def test_a_thread_elsewhere_is_no_hello():
    tour = a_tour()
    tour.note(card())
    tour.note(ThreadOpened(201, INTRODUCTIONS, MAYA, "Something else"))
    assert done(tour) == ["introduce"]


def test_the_rules_count_once_they_are_accepted_and_the_greeting_is_there():
    tour = a_tour()
    tour.facts.accepted_rules.add(NOOR)
    tour.look()
    assert done(tour) == []
    tour.note(greeting())
    assert done(tour) == ["join", "rules"]


def test_a_nudge_that_leads_hosts_to_the_card_ticks_going_unanswered():
    tour = a_tour()
    tour.note(nudge())
    assert done(tour) == [], "there is no card yet"
    tour.note(card())
    tour.note(nudge())
    assert done(tour) == ["introduce", "unanswered"]


@pytest.mark.parametrize("event", [nudge(channel=LOUNGE), nudge(author=MAYA), nudge(about=201)])
def test_other_messages_to_hosts_are_no_nudge(event: Event):
    tour = a_tour()
    tour.note(card())
    tour.note(event)
    assert done(tour) == ["introduce"]


def warning(author: int = BOT, about: int = NOOR) -> Posted:
    buttons = ("impostors:fine:1", "impostors:ask:1")
    return Posted(HOSTS, 300, author, "Noor looks like Carol", frozenset({about, HOST}), buttons)


def test_an_impostor_counts_once_the_hosts_are_warned():
    tour = a_tour()
    for other in (warning(author=MAYA), warning(about=MAYA), Posted(HOSTS, 301, BOT, "Hello", frozenset({NOOR}))):
        tour.note(other)
    assert done(tour) == []
    tour.note(warning())
    assert done(tour) == ["impostor"]


def entry(channel: int = BLOG, author: int = BOT) -> Posted:
    return Posted(channel, THREAD, author, "The second question", frozenset())


def talk(parent: int = BLOG, owner: int = BOT) -> ThreadOpened:
    return ThreadOpened(THREAD, parent, owner, "The second question")


def written(author: int = MAYA, channel: int = THREAD) -> Posted:
    return Posted(channel, 401, author, "", frozenset())


def call(about: int = HOST, author: int = BOT, channel: int = THREAD) -> Posted:
    return Posted(channel, 402, author, "You have an answer", frozenset({about}))


def test_a_post_counts_once_the_bot_brought_it_to_the_blogs_channel():
    tour = a_tour()
    tour.note(entry())
    assert done(tour) == [], "nothing was published yet"
    tour.facts.published = 1
    for other in (entry(channel=LOUNGE), entry(author=HOST)):
        tour.note(other)
    assert done(tour) == []
    tour.note(entry())
    assert done(tour) == ["publish"]


def test_an_answer_counts_once_the_author_is_called_to_it():
    tour = a_tour()
    for event in (talk(), call(), written(), call(about=MAYA), call(author=MAYA), call(channel=LOUNGE)):
        tour.note(event)
        assert done(tour) == []
    tour.note(call())
    assert done(tour) == ["answer"]


@pytest.mark.parametrize(
    "events",
    [
        (talk(), written(author=HOST)),
        (talk(), written(author=BOT)),
        (talk(), written(channel=LOUNGE)),
        (talk(parent=LOUNGE), written()),
        (talk(owner=MAYA), written()),
    ],
)
def test_what_is_no_answer_under_a_post_does_not_count(events: tuple[Event, ...]):
    tour = a_tour()
    for event in (*events, call()):
        tour.note(event)
    assert done(tour) == []


def test_the_co_host_is_a_reader_of_the_blog_too():
    tour = a_tour()
    for event in (talk(), written(author=WALTER), call()):
        tour.note(event)
    assert done(tour) == ["answer"]


def test_setup_counts_when_a_host_was_answered():
    tour = a_tour()
    tour.note(answered(asked("command", "setup", member=MAYA)))
    assert done(tour) == []
    tour.note(answered(asked("command", "setup")))
    assert done(tour) == ["setup"]


def test_showing_the_greeting_form_is_not_yet_changing_the_words():
    tour = a_tour()
    tour.note(answered(asked("command", "greeting edit"), "form", "Greeting 1"))
    tour.note(answered(asked("form", "Greeting 1"), again=True))
    assert done(tour) == []
    tour.note(answered(asked("form", "Greeting 1")))
    assert done(tour) == ["words"]


def test_an_old_button_counts_only_after_a_restart():
    tour = a_tour()
    press = answered(asked("button", "Introduce yourself", member=NOOR, message=100), "form", "Introduce yourself")
    tour.note(press)
    assert done(tour) == []
    tour.facts.newest_before_restart = 150
    tour.note(answered(asked("button", "Say hi", message=151)))
    assert done(tour) == []
    tour.note(press)
    assert done(tour) == ["restart"]


def pressed(member: int) -> Asked:
    return Asked(1, member, NEWS, "button", "Get my code", "discounts:claim:1", 300)


def given(member: int = MAYA) -> Answered:
    return answered(pressed(member), text="Your code: A thank-you")


def refused(member: int = MAYA) -> Answered:
    return answered(pressed(member), text="Not yet: A thank-you")


def over(channel: int = NEWS, author: int = BOT, buttons: tuple[str, ...] = ()) -> Edited:
    return Edited(channel, 300, author, "A thank-you", buttons)


def test_a_member_who_gets_a_code_ticks_claiming_and_one_who_cannot_yet_the_next():
    tour = a_tour()
    tour.note(given(HOST))
    tour.note(answered(asked("button", "Say hi", MAYA), text="Your code: A thank-you"))
    assert done(tour) == [], "hosts take no codes, and only the button and the command give them"
    tour.note(refused())
    assert done(tour) == ["missing"]
    tour.note(given())
    assert done(tour) == ["claim", "missing"]


def test_a_code_by_command_counts_as_well():
    tour = a_tour()
    tour.note(answered(asked("command", "code claim", MAYA), text="Your code: A thank-you"))
    assert done(tour) == ["claim"]


def test_a_card_that_lost_its_button_ticks_the_deadline():
    tour = a_tour()
    for other in (over(channel=LOUNGE), over(author=HOST), over(buttons=("discounts:claim:1",))):
        tour.note(other)
    assert done(tour) == []
    tour.note(over())
    assert done(tour) == ["deadline"]


FORM = "Ask in the Q&A"


def in_session() -> list[Event]:
    """What ticks the five steps of the session, in order; the panel's buttons need two."""
    return [
        answered(asked("form", FORM, MAYA), text="Somebody asked nearly the same."),
        answered(asked("button", "Ask anyway", MAYA), text="Your question for Bubble is in #Bubble."),
        answered(on("sessions:vote:7", MAYA), text="Your vote is in."),
        Posted(HOSTS, 500, BOT, "Panel", frozenset(), ("sessions:panel:take:1:7:0",)),
        on("sessions:panel:next:1:7:8"),
        on("sessions:panel:done:1:8:0"),
        Posted(LOUNGE, 501, BOT, "Recap: Bubble", frozenset()),
    ]


def on(custom_id: str, member: int = HOST) -> Asked:
    """A press on a button that is known by its id."""
    return Asked(1, member, LOUNGE, "button", "", custom_id, None)


def test_a_session_ticks_its_five_steps_one_after_the_other():
    tour, ticked = a_tour(), list[list[str]]()
    for event in in_session():
        tour.note(event)
        ticked.append(done(tour))
    steps = ["ask", "vote", "open", "lead", "recap"]
    assert ticked == [[], steps[:1], steps[:2], steps[:3], steps[:3], steps[:4], steps]


def test_a_refused_question_or_vote_and_one_question_answered_tick_nothing():
    tour = a_tour()
    tour.note(answered(asked("form", FORM, MAYA), again=True))
    tour.note(answered(on("sessions:vote:7", MAYA), text="That is your own question."))
    for press in ("sessions:panel:done:1:7:0", "sessions:panel:next:1:7:8", "sessions:panel:next:1:0:8"):
        tour.note(on(press))
    tour.note(Posted(HOSTS, 500, BOT, "Other", frozenset(), ("discounts:claim:1",)))
    assert done(tour) == []


def test_the_closing_line_waits_for_the_last_step_and_a_tick_stays():
    tour = a_tour()
    facts = tour.facts
    tour.note(greeting())
    tour.note(card())
    tour.note(ThreadOpened(200, INTRODUCTIONS, BOT, ""))
    facts.accepted_rules.add(NOOR)
    tour.note(warning())
    tour.note(answered(asked("command", "setup")))
    tour.note(answered(asked("command", "greeting edit"), "form", "Greeting 1"))
    tour.note(answered(asked("form", "Greeting 1")))
    tour.note(nudge())
    tour.note(answered(asked("command", "privacy export", NOOR)))
    tour.note(answered(asked("button", "Delete everything", NOOR)))
    facts.published = 1
    for event in (entry(), talk(), written(), call(), given(MAYA), refused(WALTER), over(), *in_session()):
        tour.note(event)
    assert not tour.closing
    facts.newest_before_restart = 150
    tour.note(answered(asked("button", "Say hi", message=100)))
    assert tour.closing
    facts.greeted.clear()
    tour.look()
    assert done(tour) == [step.id for step in STEPS]


def test_data_is_exported_and_deleted_by_the_same_member():
    tour = a_tour()
    tour.note(answered(asked("command", "privacy export", NOOR)))
    tour.note(answered(asked("button", "Delete everything", MAYA)))
    assert done(tour) == []
    tour.note(answered(asked("button", "Delete everything", NOOR)))
    assert done(tour) == ["privacy"]
