"""What is no feed, or means harm: a plain reason or what can be read of it, soon, and never an exception."""

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.documents import Document, Failure, Page, Trouble
from bot.feeds.parsing import parsed
from tests.feeds.reading import SAMPLES, SOON, URL, item, read, rss, trouble


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", Trouble.EMPTY),
        (" \n\t ", Trouble.EMPTY),
        ("<!DOCTYPE html><html><head><title>Blog</title></head><body><p>Hi</body></html>", Trouble.NOT_A_FEED),
        ('<html xmlns="http://www.w3.org/1999/xhtml"><feed/></html>', Trouble.NOT_A_FEED),
        ("just words", Trouble.NOT_A_FEED),
        ('<?xml version="1.0"?><urlset><url><loc>x</loc></url></urlset>', Trouble.NOT_A_FEED),
        ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>', Trouble.NOT_A_FEED),
        ('{"a": 1}', Trouble.NOT_A_FEED),
        ("[1, 2]", Trouble.NOT_A_FEED),
        ("{not json", Trouble.NOT_A_FEED),
        ('{"version": "https://jsonfeed.org/version/1", "items": [', Trouble.UNREADABLE),
        ('{"a":' + "[" * 100_000, Trouble.UNREADABLE),
        ('<?xml version="1.0"?><rss version="2.0"><channel><title>Cut of', Trouble.UNREADABLE),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400, Trouble.NOT_A_FEED),
        (b"\x1f\x8b\x08" + random.Random(1).randbytes(100_000), Trouble.NOT_A_FEED),
        (b"\xff\xfe<\x00r", Trouble.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_has_a_plain_reason(body: bytes | str, why: Trouble) -> None:
    assert trouble(body) == why


def bomb(entities: str, use: str) -> str:
    return f'<?xml version="1.0"?>\n<!DOCTYPE rss [\n{entities}\n]>\n' + rss(f"<item><title>t{use}</title></item>")


@pytest.mark.parametrize("separator", ["\n", " "])
def test_entity_bombs_do_not_go_off(separator: str) -> None:
    laughs = ['<!ENTITY l0 "lol">'] + [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    quadratic = f'<!ENTITY a "{"x" * 60_000}">'
    short = f'<!ENTITY a "{"x" * 60}">'
    for entities, use in [(separator.join(laughs), "&l9;"), (quadratic, "&a;" * 60_000), (short, "&a;" * 100_000)]:
        started = time.process_time()
        title = read(bomb(entities, use).replace("\n", separator)).entries[0].title
        assert time.process_time() - started < SOON
        assert title.startswith("t")
        assert len(title) <= 250


def test_entities_from_elsewhere_are_never_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError(f"something was opened: {arguments}")

    (tmp_path / "secret").write_text("the secret")
    where = (tmp_path / "secret").as_uri()
    kinds = [
        f'<!ENTITY a SYSTEM "{where}">',
        f'<!ENTITY a PUBLIC "x" "{where}">',
        f'<!ENTITY % a SYSTEM "{where}">\n%a;',
    ]
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    for kind in kinds:
        assert "secret" not in read(bomb(kind, "&a;")).entries[0].title
    doctype = f'<!DOCTYPE rss SYSTEM "{where}">'
    assert "secret" not in read(doctype + rss("<item><title>t&a;</title></item>")).entries[0].title
    # A body that is the name of a file, or an address, is a text like any other.
    assert trouble(str(tmp_path / "secret")) == trouble("http://127.0.0.1/feed") == Trouble.NOT_A_FEED


def test_named_characters_that_a_feed_declares_are_read() -> None:
    assert read(bomb('<!ENTITY copy "&#169;">', " &copy;")).entries[0].title == "t ©"


def test_a_title_of_five_megabytes_is_a_short_title() -> None:
    for filling in ("x", "&amp;", "&lt;b&gt;", "é"):
        started = time.process_time()
        title = item(title=filling * (5_000_000 // len(filling.encode()))).title
        assert time.process_time() - started < SOON
        assert len(title) <= 250


@pytest.mark.parametrize(
    "opening", ["<a>", "<item>", "<description>", "<b", "<!--", "<![CDATA[", "<content type='xhtml'>"]
)
def test_nesting_without_end_ends(opening: str) -> None:
    for body in (
        rss(opening * (100_000 if opening == "<a>" else 20_000)),
        rss(f"<item><title>t</title><description>{opening * 10_000}"),
    ):
        started = time.process_time()
        found = parsed(Page(URL, body.encode()))
        assert time.process_time() - started < SOON
        assert isinstance(found, Document | Failure)


@pytest.mark.parametrize(
    "html", ["<div>", "<b>", "<ul><li>", "<blockquote>", "<script>", "<a href='", '<a "', "&lt;", "<!--", "<table>"]
)
def test_html_without_end_ends(html: str) -> None:
    body = rss(
        "".join(f"<item><title>t</title><description><![CDATA[{html * 4_000}]]></description></item>" for _ in range(8))
    )
    started = time.process_time()
    assert len(read(body).entries) == 8
    assert time.process_time() - started < SOON


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FEED = dict.fromkeys(("version", "title", "home_page_url", "authors", "author", "items"), values)
ITEM = dict.fromkeys(
    (
        *("id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image"),
        *("date_published", "date_modified", "author", "authors", "attachments"),
    ),
    values,
)


@given(st.fixed_dictionaries({}, optional=FEED), st.lists(st.fixed_dictionaries({}, optional=ITEM), max_size=6))
@settings(max_examples=60, deadline=None)
def test_json_of_wrong_types_everywhere_is_read_as_far_as_it_goes(feed: dict[str, object], items: list[object]) -> None:
    found = parsed(Page(URL, json.dumps(feed).encode()))
    assert isinstance(found, Document | Failure)
    whole = {"items": [*items, None, 3, {"id": 1, "title": "last"}], "version": "https://jsonfeed.org/version/1.1"}
    document = read(json.dumps(whole))
    assert len(document.entries) == len(items) + 1
    assert document.entries[-1].title == "last"


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_damage_to_a_feed_raises(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from([file.read_bytes() for file in sorted(SAMPLES.iterdir())])))
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))
    found = parsed(Page(URL, bytes(body)))
    assert isinstance(found, Document | Failure)
    if isinstance(found, Document):
        for entry in found.entries:
            assert len(entry.summary) <= 300
            assert 0 < len(entry.title) <= 250
            assert not entry.link or entry.link.startswith(("http://", "https://"))
            assert not entry.image or entry.image.startswith("https://")
