"""The rehearsal over real HTTP: who may speak to it, and what it says when it cannot do as asked."""

import json
import signal
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.rehearsal.theatre import get, post, start


def scene(house: str, name: str) -> str:
    return f"{house}api/{name}"


def state(house: str) -> dict[str, Any]:
    return json.loads(get(scene(house, "state"))[2])


def origin(house: str) -> str:
    parts = urlsplit(house)
    return f"{parts.scheme}://{parts.netloc}"


def test_the_front_door_leads_to_the_page(house: str):
    status, headers, _ = get(origin(house) + "/")
    assert (status, headers["Location"]) == (302, "/rehearsal/")


@pytest.mark.parametrize("name", ["", "style.css", "app.js", "menu.js", "icon.svg"])
def test_the_page_needs_nothing_from_elsewhere(house: str, name: str):
    status, headers, body = get(house + name)
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    text = body.decode().replace("http://www.w3.org/2000/svg", "")
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize("path", ["/rehearsal/", "/rehearsal/api/state", "/?view=1", "/api/state", "/preview.css"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", ""])
def test_another_host_name_is_turned_away(house: str, path: str, host: str):
    port = urlsplit(house).port
    status, _, body = get(origin(house) + path, host=host.format(port=port) or "[::1]")
    assert status == 403
    assert b"for this computer only" in body


@pytest.mark.parametrize("path", ["/rehearsal/api/restart", "/api/action", "/api/pages"])
def test_another_sites_page_can_change_nothing(house: str, path: str):
    before = state(house)["activity"]
    status, answer = post(origin(house) + path, origin="https://evil.example")
    assert status == 403
    assert "own page" in answer
    assert state(house)["activity"] == before


def test_a_plain_form_can_change_nothing(house: str):
    status, _ = post(scene(house, "restart"), b"a=b", x_rehearsal="")
    assert status == 403


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("join", {"name": "  "}, "needs a name"),
        ("join", {"name": "x" * 33}, "at most 32"),
        ("join", {"name": 5}, "cannot read"),
        ("join", b"not json", "cannot read"),
        ("join", b"[1]", "cannot read"),
        ("join", b"\xff\xfe", "cannot read"),
        ("switch", {"channel": "1"}, "That channel is gone"),
        ("switch", {"viewer": "1"}, "no longer here"),
        ("switch", {"viewer": "one"}, "not there"),
        ("accept", {}, "no rules left"),
        ("leave", {}, "owns this community"),
        ("advance", {"minutes": 7}, "ten minutes, an hour or a day"),
        ("advance", {"minutes": "day"}, "ten minutes, an hour or a day"),
        ("go", {"step": "introduce"}, "Let someone join first"),
        ("go", {"step": "nowhere"}, "from anywhere"),
        ("menu", {"message": "1", "command": "Mark as helpful"}, "That message is gone"),
        ("menu", {"message": "1", "command": "setup"}, "cannot use that command"),
        ("menu", {"message": "one", "command": "Mark as helpful"}, "not there"),
        ("dance", {}, "does not know how"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence_and_nothing_is_lost(house: str, name: str, body: Any, words: str):
    before = state(house)
    status, answer = post(scene(house, name), body)
    assert status == 409
    assert words in answer["refused"]
    assert "\n" not in answer["refused"]
    assert answer["people"] == before["people"]
    assert answer["channel"] == before["channel"]


def test_the_view_is_framed_from_here_only_and_carries_our_style(house: str):
    status, headers, _ = get(origin(house) + state(house)["frame"].partition("#")[0])
    assert status == 200
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers
    _, _, css = get(origin(house) + "/preview.css")
    assert b"put away" in css


def test_the_view_opens_only_with_its_key(house: str):
    key = state(house)["frame"].partition("#")[2]
    status, page = post(origin(house) + "/api/pages", x_simcord_capability=key, origin=origin(house))
    assert status == 200
    assert page["channel"]["name"] == "welcome"
    assert get(origin(house) + "/api/state", x_simcord_capability="wrong")[0] == 410


def test_a_glance_is_short_while_nothing_changes(house: str):
    whole = state(house)
    status, _, body = get(scene(house, f"state?seen={whole['version']}"))
    assert status == 200
    assert set(json.loads(body)) == {"version", "now", "jump"}


def test_someone_who_has_not_accepted_the_rules_can_look_but_not_speak(own_house: str):
    _, joined = post(scene(own_house, "join"), {"name": "Noor", "rules": True})
    assert joined["pending"]
    assert not any(deed["kind"] == "bot" for deed in joined["activity"])
    key = joined["frame"].partition("#")[2]
    status, answer = post(origin(own_house) + "/api/action", {"kind": "send_message"}, x_simcord_capability=key)
    assert (status, answer) == (409, "Noor has to accept the rules first.")
    _, accepted = post(scene(own_house, "accept"))
    assert "@Noor" in next(deed["quote"] for deed in accepted["activity"] if deed["kind"] == "bot")
    assert {step["id"] for step in accepted["tour"] if step["done"]} == {"join", "rules"}


def test_a_day_passes_and_the_clock_arrives(own_house: str):
    before = state(own_house)["now"]
    _, after = post(scene(own_house, "advance"), {"minutes": 1440})
    assert after["activity"][0]["text"] == "Time moved forward by a day"
    assert after["now"][8:10] != before[8:10]


@pytest.mark.parametrize("name", ["@everyone", "<img src=x onerror=alert(1)>", "{mention}", "`*_~|>", "李雷"])
def test_any_name_is_harmless(own_house: str, name: str):
    _, joined = post(scene(own_house, "join"), {"name": name})
    assert joined["people"][-1]["name"] == name
    assert joined["tour"][0]["done"]


def test_whoever_leaves_hands_you_back_to_the_host(own_house: str):
    _, joined = post(scene(own_house, "join"), {"name": "Noor"})
    noor = joined["viewer"]
    _, left = post(scene(own_house, "leave"))
    assert left["said"] == "Noor has left. You are Carol now."
    assert noor not in {person["id"] for person in left["people"]}


def test_who_cannot_see_a_channel_is_led_to_the_door(own_house: str):
    now = state(own_house)
    hosts = next(channel["id"] for channel in now["channels"] if channel["private"])
    maya = next(person["id"] for person in now["people"] if person["name"] == "Maya")
    post(scene(own_house, "switch"), {"channel": hosts})
    _, moved = post(scene(own_house, "switch"), {"viewer": maya})
    assert moved["said"] == "Maya cannot see #hosts, so you are in #welcome."
    assert hosts not in {channel["id"] for channel in moved["channels"]}


def act(house: str, page: dict[str, Any], **action: Any) -> tuple[int, Any]:
    """Do something on the stage as the view's own page would."""
    key = state(house)["frame"].partition("#")[2]
    body = {
        "protocol_version": 3, "sequence": 1, "request_id": "r1", "generation": page["context"]["generation"],
        "bot_generation": page["botGeneration"], "published_revision": page["publishedRevision"], **action,
    }  # fmt: skip
    context = page["context"]["id"]
    return post(f"{origin(house)}/api/action", body, x_simcord_capability=key, x_simcord_context=context,
                content_type="application/json")  # fmt: skip


def test_a_message_sent_while_the_view_is_redrawn_still_counts(own_house: str):
    key = state(own_house)["frame"].partition("#")[2]
    _, page = post(f"{origin(own_house)}/api/pages", x_simcord_capability=key)
    page["publishedRevision"] -= 1
    status, result = act(own_house, page, kind="send_message", content="Good morning")
    assert status == 200
    assert not result["rejected"]
    assert "Carol wrote in #welcome" in [one["text"] for one in state(own_house)["activity"]]


def test_the_view_cannot_be_closed_from_inside(own_house: str):
    key = state(own_house)["frame"].partition("#")[2]
    _, page = post(f"{origin(own_house)}/api/pages", x_simcord_capability=key)
    assert act(own_house, page, kind="close")[0] == 409
    assert state(own_house)["frame"].endswith(key)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_peace_and_leaves_nothing_behind(tmp_path: Path, ending: signal.Signals):
    with start(TMPDIR=str(tmp_path)) as process:
        assert process.stdout is not None
        assert "http://" in process.stdout.readline()
        assert len(list(tmp_path.glob("rehearsal-*"))) == 1
        process.send_signal(ending)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert "nothing of this rehearsal is kept" in out.lower()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def taken_port():
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        place.listen()
        yield place.getsockname()[1]


def test_a_taken_port_is_told_in_one_sentence(taken_port: int):
    with start(taken_port) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert err == f"Port {taken_port} is already in use. Choose another, such as --port {taken_port + 1}.\n"


@pytest.mark.parametrize("port", [0, -1, 65536, 99999999])
def test_a_port_that_is_none_is_told_in_one_sentence(port: int):
    with start(port) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith(f"{port} is not a port. ")
    assert err.count("\n") == 1
