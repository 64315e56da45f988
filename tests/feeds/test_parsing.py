"""Feeds of every kind as facts."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.feeds.documents import Entry
from bot.feeds.drafts import MOST_ENTRIES
from tests.feeds.reading import SAMPLES, item, read, rss, sample


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
