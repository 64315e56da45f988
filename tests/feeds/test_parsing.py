"""Feeds of every kind as facts, and everything else as a plain reason."""

import json
import random
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.documents import Document, Entry, Failure, Page, Trouble
from bot.feeds.drafts import MOST_ENTRIES
from bot.feeds.parsing import parsed

SAMPLES = Path(__file__).parent / "samples"
URL = "https://blog.example/feeds/all"
#: Seconds of the processor. The worker's limit is ten seconds.
SOON = 8


def read(body: bytes | str, content_type: str = "", url: str = URL) -> Document:
    """The document that stands in a body."""
    document = parsed(Page(url, body if isinstance(body, bytes) else body.encode(), content_type))
    assert isinstance(document, Document), document
    return document


def trouble(body: bytes | str, content_type: str = "") -> Trouble:
    """Why a body is no document, found soon and told in one sentence."""
    started = time.process_time()
    failure = parsed(Page(URL, body if isinstance(body, bytes) else body.encode(), content_type))
    assert time.process_time() - started < SOON
    assert isinstance(failure, Failure), failure
    assert re.fullmatch(r"[A-Z][^.]+\.", failure.reason)
    return failure.trouble


def sample(name: str) -> Document:
    return read((SAMPLES / name).read_bytes())


def rss(items: str, head: str = "<title>B</title>", declaration: str = "") -> str:
    """An RSS feed around items."""
    media = 'xmlns:media="http://search.yahoo.com/mrss/"'
    return f'{declaration}<rss version="2.0" {media}><channel>{head}{items}</channel></rss>'


def item(**parts: str) -> Entry:
    """The entry that an RSS item with these elements becomes."""
    return read(
        rss("<item>" + "".join(f"<{name}>{text}</{name}>" for name, text in parts.items()) + "</item>")
    ).entries[0]


def test_rss_as_wordpress_writes_it() -> None:
    document = sample("wordpress.rss")
    first, second = document.entries
    assert (document.title, document.site) == ("Ann & Bob’s Blog", "https://blog.example")
    assert document.ttl == timedelta(minutes=30)
    assert first == Entry(
        guid="https://blog.example/?p=12",
        link="https://blog.example/2024/05/here/?utm_source=rss",
        title="It’s here & now",
        published_at=datetime(2024, 5, 10, 12, 30, tzinfo=UTC),
        author="Ann",
        summary="The short of it, @\u200beveryone.",
        image="https://blog.example/wp-content/uploads/here.jpg?w=1024&h=600",
    )
    assert second == Entry(
        guid="13", link="https://blog.example/2024/05/09/a-walk_in-the-park.html", title="A walk in the park"
    )


def test_atom_with_a_base_at_every_level() -> None:
    document = sample("plain.atom")
    first, second = document.entries
    assert (document.title, document.site) == ("The Journal", "https://blog.example/journal/")
    assert first == Entry(
        guid="tag:blog.example,2024:1",
        link="https://blog.example/journal/2024/one",
        title="Using List<T> well",
        published_at=datetime(2024, 3, 1, 10, tzinfo=UTC),
        author="Cleo",
        summary="First **words** \\<\u200bhere\\>.",
        image="https://blog.example/journal/2024/pictures/one.png",
    )
    assert second == Entry(
        guid="urn:2",
        link="",
        title="Second",
        published_at=datetime(2024, 2, 1, 9, tzinfo=UTC),
        author="Dan, Eve",
        summary="A text & no HTML: 1 \\< 2.",
        image="https://blog.example/journal/pic.jpg",
    )


def test_rdf_and_cdf() -> None:
    assert sample("old.rdf").entries == (
        Entry(
            guid="http://old.example/1",
            link="http://old.example/1",
            title="One",
            published_at=datetime(2003, 12, 13, 18, 30, 2, tzinfo=UTC),
            author="Fay",
            summary="Words",
        ),
    )
    document = sample("netscape.cdf")
    assert (document.title, document.site) == ("Channel", "http://cdf.example/")
    assert document.entries[0].link == "https://blog.example/a.html"
    assert (document.entries[0].title, document.entries[0].summary) == ("Item", "Abstract")


def test_json_feed() -> None:
    document = sample("feed.json")
    seven, eight = document.entries
    assert (document.title, document.site) == ("JSON & Co", "https://blog.example/")
    assert seven == Entry(
        guid="7",
        link="https://blog.example/feeds/posts/7",
        title="Seven",
        published_at=datetime(2024, 5, 10, 19, tzinfo=UTC),
        author="Ida",
        summary="Hi *you*.",
        image="https://blog.example/i.png",
    )
    assert eight == Entry(
        guid="8",
        link="https://other.example/x",
        title="# Micro post <@1>",
        published_at=datetime(2024, 5, 10, 12, tzinfo=UTC),
        author="Gus, Hal",
        summary="\\# Micro post \\<\u200b@\u200b1\\>",
        image="https://blog.example/8.jpg",
    )


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "text/plain", "application/octet-stream", ""])
@pytest.mark.parametrize("name", ["wordpress.rss", "plain.atom", "feed.json"])
def test_what_the_server_calls_a_feed_does_not_matter(name: str, content_type: str) -> None:
    body = (SAMPLES / name).read_bytes()
    assert read(body, content_type) == read(body, "application/xml")


@pytest.mark.parametrize(
    "junk", [b"\xef\xbb\xbf", b"\n\n  ", b"<br />\n<b>Warning</b>: foo in <b>/x.php</b><br />\n", b"-->"]
)
def test_what_stands_before_the_feed_is_passed_over(junk: bytes) -> None:
    body = (SAMPLES / "wordpress.rss").read_bytes()
    assert read(junk + body) == read(body)


ACCENTS = "Café “quoted” – fine"


@pytest.mark.parametrize(
    ("declared", "encoding", "content_type"),
    [
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8", "cp1252", "text/xml; charset=utf-8"),
        ("iso-8859-1", "cp1252", ""),
        ("", "cp1252", ""),
        ("", "utf-8", "text/xml; charset=iso-8859-1"),
        ("utf-16", "utf-16", ""),
        ("", "utf-16-le", ""),
        ("utf-8", "utf-16", "text/xml; charset=utf-8"),
        ("", "utf-8-sig", "text/xml; charset=latin-1"),
        ("nonsense-9", "utf-8", ""),
        ("base64", "cp1252", ""),
    ],
)
def test_a_wrongly_declared_encoding_is_seen_through(declared: str, encoding: str, content_type: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = rss(f"<item><title>{ACCENTS}</title></item>", declaration=declaration).encode(encoding)
    assert read(body, content_type).entries[0].title == ACCENTS


def test_declared_encodings_of_other_scripts_are_believed() -> None:
    for encoding, title in [
        ("koi8-r", "Привет"),
        ("shift_jis", "日本語"),
        ("iso-2022-jp", "日本語"),
        ("gb2312", "中文"),
    ]:
        body = rss(f"<item><title>{title}</title></item>", declaration=f'<?xml version="1.0" encoding="{encoding}"?>')
        assert read(body.encode(encoding)).entries[0].title == title


def test_one_broken_character_spoils_no_other() -> None:
    body = rss(f"<item><title>{'é' * 30}</title><description>{'ü' * 20}X</description></item>").encode()
    assert read(body.replace(b"X", b"\xc3")).entries[0].title == "é" * 30


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("&amp;lt;em&amp;gt;Hi&amp;lt;/em&amp;gt;", "Hi"),
        ("<![CDATA[<b>Bold</b> &amp; <i>it</i>]]>", "Bold & it"),
        ("two\n  lines\ttab", "two lines tab"),
        ("a&#8203;b&#8238;c&#xFEFF;d", "abcd"),
        ("a&#0;b&#xD800;c&#x110000;d&#8;e\x0bf", "abcdef"),
        ("1 &lt; 2", "1 < 2"),
        ("Use List&lt;T&gt;", "Use List<T>"),
        ("x " * 300, "x " * 124 + "x…"),
        ("# @everyone", "# @everyone"),
        ("👩‍👩‍👧 fine", "👩‍👩‍👧 fine"),
    ],
)
def test_a_title_is_one_plain_line(title: str, shown: str) -> None:
    assert item(title=title).title == shown


def test_without_a_title_the_text_or_the_address_gives_one() -> None:
    assert item(description="&lt;p&gt;One thing.&lt;/p&gt;&lt;p&gt;Another&lt;/p&gt;").title == "One thing. Another"
    assert item(title=" ", description="words " * 50).title.endswith("words…")
    assert item(link="https://blog.example/2024/my_first-post/").title == "My first post"
    assert item(link="https://blog.example/caf%C3%A9.html").title == "Café"
    assert item(link="https://blog.example/").title == "Blog.example"
    assert item(guid="1").title == "Untitled"


@pytest.mark.parametrize(
    ("date", "seen"),
    [
        ("Fri, 10 May 2024 14:30:00 +0200", datetime(2024, 5, 10, 12, 30, tzinfo=UTC)),
        ("2024-05-10T14:30:00Z", datetime(2024, 5, 10, 14, 30, tzinfo=UTC)),
        ("Mon, 01 Jan 0001 00:00:00 GMT", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("1970-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_an_instant_or_nothing(date: str, seen: datetime | None) -> None:
    assert item(title="t", pubDate=date).published_at == seen


def test_an_updated_date_serves_where_no_other_is() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>t</title><updated>2024-01-02</updated></entry></feed>'
    )
    assert read(body).entries[0].published_at == datetime(2024, 1, 2, tzinfo=UTC)


def test_an_author_is_named_and_no_mail_address_is_told() -> None:
    assert item(title="t", author="ann@mail.example (Ann A.)").author == "Ann A."
    assert item(title="t", author="ann@mail.example").author == ""
    feed = rss("<item><title>t</title></item>", head="<managingEditor>x@mail.example (Ed)</managingEditor>")
    assert read(feed).entries[0].author == "Ed"


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("/a?b=1&amp;c=2", "https://blog.example/a?b=1&c=2"),
        ("a", "https://blog.example/feeds/a"),
        ("//other.example/x", "https://other.example/x"),
        ("http://other.example/ä b", "http://other.example/%C3%A4%20b"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://x.example/%7Ea/(b)", "https://x.example/%7Ea/(b)"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("ftp://x.example/a", ""),
        ("https://bank.example@evil.example/", ""),
        ("https://[broken", ""),
        ("https://x.example:port/", ""),
        ("https://x.example/" + "a" * 3000, ""),
        ("https:///nohost", "https://nohost"),
    ],
)
def test_a_link_is_an_absolute_web_address(link: str, absolute: str) -> None:
    assert item(title="t", link=link).link == absolute


def test_a_guid_is_a_link_only_if_it_is_an_address_and_never_changes_with_the_page() -> None:
    assert item(title="t", guid="https://blog.example/1").link == "https://blog.example/1"
    assert item(title="t", guid="1").link == ""
    body = rss("<item><guid> p/1 </guid><title>t</title></item>")
    assert read(body, url="https://a.example/x/").entries[0].guid == "p/1"
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry xml:base="/a/"><id>p/1</id><title>t</title></entry></feed>'
    assert read(atom).entries[0].guid == "p/1"


@pytest.mark.parametrize(
    ("parts", "image"),
    [
        ('<media:content url="https://i.example/a.jpg" medium="image"/>', "https://i.example/a.jpg"),
        ('<media:content url="https://i.example/a.mp4" type="video/mp4"/>', ""),
        ('<media:group><media:thumbnail url="/t.png"/></media:group>', "https://blog.example/t.png"),
        ('<enclosure url="https://i.example/e.webp" type="image/webp"/>', "https://i.example/e.webp"),
        ('<enclosure url="https://i.example/e.mp3" type="audio/mpeg"/>', ""),
        ('<media:content url="http://i.example/a.jpg" medium="image"/>', ""),
        ('<description>&lt;img src="/in.jpg"&gt;</description>', "https://blog.example/in.jpg"),
        ("<description>&lt;IMG alt='a' SRC=/in.jpg&gt;</description>", "https://blog.example/in.jpg"),
        ('<description>&lt;img src="data:x" data-src="/lazy.jpg"&gt;</description>', "https://blog.example/lazy.jpg"),
        ('<description>&lt;img src="/p.gif" width="1" height="1"&gt;</description>', ""),
        ('<description>&lt;img src="https://secure.gravatar.com/avatar/1"&gt;</description>', ""),
        ('<description>&lt;img src="https://feeds.feedburner.com/~r/x/1"&gt;</description>', ""),
        ('<description>&lt;img src="https://s.w.org/images/core/emoji/1.png" class="wp-smiley"&gt;</description>', ""),
        (
            '<description>&lt;img src="javascript:x"&gt;&lt;img src="/2.jpg"&gt;</description>',
            "https://blog.example/2.jpg",
        ),
        (f'<description>&lt;img src="https://i.example/{"a" * 2000}"&gt;</description>', ""),
    ],
)
def test_the_first_suitable_picture_is_found(parts: str, image: str) -> None:
    assert read(rss(f"<item><title>t</title>{parts}</item>")).entries[0].image == image


@pytest.mark.parametrize(
    ("ttl", "minutes"), [("60", 60), ("0", 0), ("-5", 0), ("1e3", 0), ("99999999", 0), ("²", 0), ("", 0)]
)
def test_a_ttl_is_believed_where_it_makes_sense(ttl: str, minutes: int) -> None:
    assert read(rss("", head=f"<title>t</title><ttl>{ttl}</ttl>")).ttl == (
        timedelta(minutes=minutes) if minutes else None
    )


def test_a_summary_comes_from_the_content_where_there_is_no_other() -> None:
    body = rss(
        "<item><title>t</title><description>&lt;img src='/a.jpg'&gt;</description><content>From here.</content></item>"
    )
    assert read(body).entries[0].summary == "From here."


def test_a_new_blog_without_a_post_is_a_feed() -> None:
    assert read(rss("")).entries == ()
    assert read('<feed xmlns="http://www.w3.org/2005/Atom"><title>New &nbsp;</title></feed>').entries == ()
    assert read('{"version": "https://jsonfeed.org/version/1", "title": "New", "items": []}').entries == ()


def test_a_malformed_feed_gives_what_can_be_read() -> None:
    whole = (SAMPLES / "wordpress.rss").read_text(encoding="utf-8")
    cut = whole[: whole.index("</item>") + 60]
    assert read(cut).entries[0] == read(whole).entries[0]
    assert (
        read(rss("<item><title>A & B</title><x:y>z</x:y><p></item><item><title>&nbsp;C</title></item>"))
        .entries[1]
        .title
        == "C"
    )


def test_only_the_first_entries_of_an_archive_are_taken() -> None:
    entries = read(rss("".join(f"<item><title>{n}</title></item>" for n in range(MOST_ENTRIES + 50)))).entries
    assert [entry.title for entry in entries] == [str(n) for n in range(MOST_ENTRIES)]


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
