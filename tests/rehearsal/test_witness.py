"""The record of what passed becomes facts, and facts become sentences."""

from datetime import UTC, datetime
from typing import Any

from bot.rehearsal.activity import MOST_ENTRIES, Activity, plain
from bot.rehearsal.witness import Answered, Asked, Event, Posted, Refused, ThreadOpened, Witness

BOT, MAYA = 900000000000000001, 900000000000000002
WELCOME = 900000000000000010


class Names:
    bot_id = BOT

    def person(self, member_id: int) -> str:
        return {BOT: "Tribekeeper", MAYA: "Maya"}.get(member_id, "someone")

    def channel(self, channel_id: int) -> str:
        return self.tag(channel_id)

    def tag(self, channel_id: int) -> str:
        return "#welcome" if channel_id == WELCOME else "a channel"

    def role(self, role_id: int) -> str:
        return "Host"


def witnessed(*lines: tuple[str, str, dict[str, Any]]) -> list[Event]:
    events: list[Event] = []
    witness = Witness(events.append)
    for line in lines:
        witness.see(*line)
    witness.finish()
    return events


def told(*lines: tuple[str, str, dict[str, Any]]) -> list[tuple[str, str, str]]:
    activity = Activity(Names(), lambda: datetime(2026, 5, 1, tzinfo=UTC))
    for event in witnessed(*lines):
        activity.tell(event)
    return [(entry.kind, entry.text, entry.quote) for entry in reversed(activity.entries)]


def message(author: int = BOT, content: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"id": "5", "type": 0, "channel_id": str(WELCOME), "author": {"id": str(author)}, "content": content, **more}


def press(label: str, kind: int = 3, **data: Any) -> tuple[str, str, dict[str, Any]]:
    button = {"type": 2, "custom_id": "greeting:introduce", "label": label}
    return (
        "GATEWAY",
        "INTERACTION_CREATE",
        {
            "id": "7", "token": "t", "type": kind, "channel_id": str(WELCOME), "member": {"user": {"id": str(MAYA)}},
            "data": {"custom_id": "greeting:introduce", "component_type": 2, **data},
            "message": message(components=[{"type": 1, "components": [button]}]),
        },
    )  # fmt: skip


POST = ("HTTP", f"POST /channels/{WELCOME}/messages", {"content": "Hello"})


def test_a_post_that_arrived_is_told_once():
    assert told(POST, ("GATEWAY", "MESSAGE_CREATE", message())) == [("bot", "Tribekeeper posted in #welcome", "Hello")]


def test_a_post_that_never_arrived_was_refused():
    assert witnessed(POST, POST) == [Refused(WELCOME, "post"), Refused(WELCOME, "post")]
    assert told(POST) == [("trouble", "Discord did not let Tribekeeper post in #welcome", "")]


def test_what_people_write_is_noted_but_not_quoted():
    assert told(("GATEWAY", "MESSAGE_CREATE", message(MAYA))) == [("person", "Maya wrote in #welcome", "")]


def test_a_press_and_the_form_it_opens():
    answer = ("HTTP", "POST /interactions/7/t/callback", {"type": 9, "data": {"title": "About you", "custom_id": "x"}})
    assert told(press("Introduce yourself"), answer) == [
        ("person", "Maya pressed “Introduce yourself”", ""),
        ("bot", "Tribekeeper showed Maya the form “About you”", ""),
    ]


def test_an_answer_for_one_person_after_a_pause_for_thought():
    lines = (
        press("Say hi"),
        ("HTTP", "POST /interactions/7/t/callback", {"type": 5, "data": {"flags": 64}}),
        ("HTTP", "POST /webhooks/1/t", {"content": "Lovely."}),
    )
    assert told(*lines)[1:] == [("bot", "Tribekeeper answered only Maya", "Lovely.")]


def test_a_refused_form_is_told_as_something_to_change():
    again = [{"type": 1, "components": [{"type": 2, "label": "Try again, nothing is lost", "custom_id": "y"}]}]
    answer = {"type": 4, "data": {"flags": 64, "content": "Too long.", "components": again}}
    events = witnessed(press("x"), ("HTTP", "POST /interactions/7/t/callback", answer))
    assert isinstance(events[1], Answered)
    assert events[1].again


def test_a_public_message_that_is_redrawn_is_told_once():
    lines = (
        press("Next"),
        ("HTTP", "POST /interactions/7/t/callback", {"type": 7, "data": {"content": "Page 2"}}),
        ("GATEWAY", "MESSAGE_UPDATE", message(content="Page 2")),
    )
    assert told(*lines)[1:] == [("bot", "Tribekeeper edited its message in #welcome", "Page 2")]


def test_a_command_is_called_by_its_whole_name():
    options = [{"type": 1, "name": "edit", "options": [{"type": 4, "name": "greeting", "value": 1}]}]
    event = witnessed(press("", kind=2, name="greeting", options=options))[0]
    assert isinstance(event, Asked)
    assert (event.by, event.what) == ("command", "greeting edit")


def test_a_post_knows_everybody_its_cards_and_buttons_name():
    custom_id = f"greeting:hi:{MAYA}"
    card = message(
        content="",
        embeds=[{"title": "Meet Maya"}],
        components=[{"type": 1, "components": [{"type": 2, "custom_id": custom_id}]}],
    )
    event = witnessed(("GATEWAY", "MESSAGE_CREATE", card))[0]
    assert event == Posted(WELCOME, 5, BOT, "Meet Maya", frozenset({MAYA}), (custom_id,))


def test_a_thread_is_told_with_its_name():
    thread = {"id": "5", "parent_id": str(WELCOME), "owner_id": str(BOT), "name": "Say hi to Noor"}
    line = ("GATEWAY", "THREAD_CREATE", thread)
    assert witnessed(line) == [ThreadOpened(5, WELCOME, BOT, "Say hi to Noor")]
    assert told(line) == [("bot", "Tribekeeper opened a thread in #welcome", "Say hi to Noor")]


def test_discords_markup_reads_as_people_read_it():
    text = f"**Hi** <@{MAYA}>, see <#{WELCOME}> with <@&5>\non <t:1777658400:F>. 2 * 3 = 6 <b>"
    assert plain(text, Names()) == "Hi @Maya, see #welcome with @Host on 01 May 18:00 UTC. 2 * 3 = 6 <b>"


def test_what_was_escaped_reads_as_it_was_meant():
    assert (
        plain(r"### Carol \(official\) looks like \*Carol\* \_\_", Names()) == "Carol (official) looks like *Carol* __"
    )


def test_headings_and_underscores_read_as_people_read_them():
    text = "## Set up\n-# small\n> quoted\n**Time zone:** America/New_York, __now__, 2_000 and `code`."
    assert plain(text, Names()) == "Set up small quoted Time zone: America/New_York, now, 2_000 and code."


def test_long_texts_are_shortened_and_old_entries_forgotten():
    activity = Activity(Names(), lambda: datetime(2026, 5, 1, tzinfo=UTC))
    for _ in range(MOST_ENTRIES + 50):
        activity.tell(Posted(WELCOME, 1, BOT, "word " * 100, frozenset()))
    assert len(activity.entries) == MOST_ENTRIES
    assert len(activity.entries[0].quote) <= 160
    assert activity.entries[0].number == MOST_ENTRIES + 50
