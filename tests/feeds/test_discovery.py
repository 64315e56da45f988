"""From a blog's page to its feeds."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.discovery import MOST_CANDIDATES, common_paths, discovered
from bot.feeds.documents import Candidate, Page

URL = "https://blog.example/posts/one.html"


def found(html: str | bytes, url: str = URL, content_type: str = "text/html") -> list[Candidate]:
    """What a page names."""
    return discovered(Page(url, html if isinstance(html, bytes) else html.encode(), content_type))


def urls(html: str | bytes, url: str = URL) -> list[str]:
    return [candidate.url for candidate in found(html, url)]


def link(href: str, kind: str = "application/rss+xml", rel: str = "alternate", title: str = "") -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


def test_every_alternate_of_a_feed_type_is_found_in_its_order() -> None:
    head = link("/rss", title="Ann&#8217;s &lt;Blog&gt;") + link("/atom", "application/atom+xml; charset=utf-8")
    head += link("/json", "application/feed+json") + link("/rdf", "APPLICATION/RDF+XML", rel="Alternate HOME")
    assert found(f"<!DOCTYPE html><html><head>{head}</head><body>") == [
        Candidate("https://blog.example/rss", "Ann’s <Blog>", "rss"),
        Candidate("https://blog.example/atom", "", "atom"),
        Candidate("https://blog.example/json", "", "json"),
        Candidate("https://blog.example/rdf", "", "rss"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        '<link rel="alternate" hreflang="de" href="/de">',
        link("/wp-json/wp/v2/posts/1", "application/json"),
        link("/oembed?format=xml", "text/xml+oembed"),
        link("/feed", "text/css", rel="alternate stylesheet"),
        link("/feed", rel="preload"),
        link("javascript:feed()"),
        link(""),
        "<!-- " + link("/feed") + " -->",
        "<script>'" + link("/feed") + "'</script>",
        "<style>" + link("/feed") + "</style>",
        "<!--[if IE]>" + link("/feed") + "<![endif]-->",
    ],
)
def test_what_is_no_feed_is_passed_over(other: str) -> None:
    assert urls(f"<head>{other}</head>") == []


@pytest.mark.parametrize(
    ("sure", "form"),
    [
        (link("/feed.json", "application/json"), "json"),
        (link("/index.xml", "application/xml"), "rss"),
        (link("/atom.xml", "text/xml"), "atom"),
        ('<link rel="alternate" href="/feed/">', "rss"),
        (link("/anything", "text/xml", rel="feed"), "rss"),
    ],
)
def test_a_vague_type_is_believed_where_the_address_looks_like_a_feed(sure: str, form: str) -> None:
    assert [candidate.format for candidate in found(sure)] == [form]


@pytest.mark.parametrize(
    ("head", "url"),
    [
        (link("feed"), "https://blog.example/posts/feed"),
        (link("../feed"), "https://blog.example/feed"),
        (link("//cdn.example/f"), "https://cdn.example/f"),
        ('<base href="/sub/">' + link("feed"), "https://blog.example/sub/feed"),
        ('<base href="https://other.example/x/"><base href="/no/">' + link("feed"), "https://other.example/x/feed"),
        ('<base href="javascript:x">' + link("feed"), "https://blog.example/posts/feed"),
        (link("/feed?a=1&amp;b=2#top"), "https://blog.example/feed?a=1&b=2"),
        (link(" /feed "), "https://blog.example/feed"),
        ("<![if !IE]>" + link("/feed") + "<![endif]>", "https://blog.example/feed"),
        ("<![CDATA[ x ]]><![" + ">" + link("/feed"), "https://blog.example/feed"),
        ("<LINK HREF=/feed REL=alternate TYPE=application/rss+xml>", "https://blog.example/feed"),
    ],
)
def test_addresses_are_absolute(head: str, url: str) -> None:
    assert urls(head) == [url]


def test_comments_come_last_and_the_same_feed_once() -> None:
    head = link("/comments/feed/", title="Blog » Comments Feed") + link("/one/feed", title="Kommentare zu: One")
    head += link("/feed/", title="Blog") + link("https://blog.example/feed/", "application/atom+xml", title="Again")
    assert found(head)[0] == Candidate("https://blog.example/feed/", "Blog", "rss")
    assert urls(head) == [
        "https://blog.example/feed/",
        "https://blog.example/comments/feed/",
        "https://blog.example/one/feed",
    ]


def test_a_page_does_not_lead_to_itself() -> None:
    assert urls(link("/feed") + link("/rss"), "https://blog.example/feed") == ["https://blog.example/rss"]


def test_there_are_no_more_than_a_select_can_hold() -> None:
    head = link("/comments/feed") + "".join(link(f"/feed/{n}") for n in range(60))
    assert urls(head) == [f"https://blog.example/feed/{n}" for n in range(MOST_CANDIDATES)]


def test_links_in_the_text_count_only_without_any_in_the_head() -> None:
    body = '<a href="/about">About</a><a href="/feed.xml">Feed</a><a href="feed.xml"></a><a>no</a>'
    body += '<a href="https://feeds.feedburner.com/ann">RSS</a><a href="/feedback">Write</a><a href="/?feed=atom">A</a>'
    assert urls(body, "https://blog.example/") == [
        "https://blog.example/feed.xml",
        "https://feeds.feedburner.com/ann",
        "https://blog.example/?feed=atom",
    ]
    assert urls(link("/real") + body) == ["https://blog.example/real"]


def test_pages_in_other_encodings_are_read() -> None:
    html = f'<meta charset="windows-1251">{link("/feed", title="Блог")}'
    assert found(html.encode("cp1251"))[0].title == "Блог"
    assert found(link("/feed", title="Блог").encode("utf-16"))[0].title == "Блог"


def test_common_paths_begin_in_the_folder_of_the_page() -> None:
    assert common_paths("https://x.example")[:4] == [
        "https://x.example/feed",
        "https://x.example/rss",
        "https://x.example/feed.xml",
        "https://x.example/atom.xml",
    ]
    paths = common_paths("https://x.example:8443/blog/index.html?x=1#y")
    assert paths[0] == "https://x.example:8443/blog/feed"
    assert "https://x.example:8443/index.xml" in paths
    assert common_paths("https://x.example/blog")[0] == "https://x.example/blog/feed"
    deep = common_paths("https://x.example/a/b/c/d/")
    assert deep[0] == "https://x.example/a/b/c/d/feed"
    assert "https://x.example/feed.json" in deep
    assert len(deep) == len(set(deep)) <= 24


@pytest.mark.parametrize(
    "piece", ["<link ", "<a href=", "<!--", "<![", "<a href='", "</", "<script>", "<a>" * 3, "&amp", "<?", "<!"]
)
def test_a_page_of_five_megabytes_ends(piece: str) -> None:
    started = time.process_time()
    found((piece * (5_000_000 // len(piece)))[:5_000_000])
    assert time.process_time() - started < 8


PIECES = (
    "<link ",
    "rel=alternate",
    " type=application/rss+xml ",
    "href=",
    "'",
    '"',
    ">",
    "/feed",
    "<base ",
    "<a ",
    "<!",
)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5)).map("".join))
def test_no_page_raises(html: str) -> None:
    for candidate in found(html):
        assert candidate.url.startswith(("http://", "https://"))
