"""The rehearsal's blog over real HTTP, as a browser and a feed reader meet it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import feedparser
import pytest
from aiohttp import web
from PIL import Image

from bot.errors import OperatorError
from bot.rehearsal.blog.posts import Blog, BlogPlan, Draft, load
from bot.rehearsal.blog.site import BlogSite
from bot.rehearsal.server import take_port
from tests.rehearsal.theatre import get, post

NOW = datetime(2026, 4, 20, 15, 0, tzinfo=UTC)
SPITEFUL = "<script>alert(\"1\")</script> & 'co'"


class Served:
    """A blog, and what it answers."""

    def __init__(self, blog: Blog, address: str) -> None:
        self.blog = blog
        self.address = address

    async def get(self, path: str = "", **headers: str) -> tuple[int, dict[str, str], bytes]:
        return await asyncio.to_thread(get, urljoin(self.address, path), **headers)

    async def entries(self, path: str = "feed.xml") -> list[Any]:
        parsed = feedparser.parse((await self.get(path))[2])
        assert not parsed.bozo
        return parsed.entries


@pytest.fixture
def plan() -> BlogPlan:
    return load()


@pytest.fixture
async def served(plan: BlogPlan) -> AsyncIterator[Served]:
    blog = Blog(plan, "Carol", NOW)
    app, place = web.Application(), take_port(None)
    address = f"http://127.0.0.1:{place.getsockname()[1]}/blog/"
    app.router.add_routes(BlogSite(blog, address, "America/New_York").routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, place).start()
    yield Served(blog, address)
    await runner.cleanup()


class Links(HTMLParser):
    """The links of a page: `alternate` ones by type, and where anchors and pictures lead."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.alternate: dict[str, str] = {}
        self.anchors: list[str] = []
        self.pictures: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "link" and found.get("rel") == "alternate":
            self.alternate[found["type"]] = found["href"]
        if tag == "a":
            self.anchors.append(found["href"])
        if tag == "img":
            self.pictures.append(found["src"])


async def test_the_front_page_names_both_feeds_and_leads_to_every_post(served: Served):
    status, headers, page = await served.get()
    links = Links(page)
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert links.alternate == {
        "application/atom+xml": served.address + "feed.xml",
        "application/feed+json": served.address + "feed.json",
    }
    for one in served.blog.posts:
        assert served.address + one.slug in links.anchors
        assert (await served.get(one.slug))[0] == 200


async def test_the_address_without_its_slash_leads_to_the_front_page(served: Served):
    status, headers, _ = await served.get("/blog")
    assert (status, headers["Location"]) == (302, "/blog/")


async def test_feed_readers_find_the_same_posts_as_people(served: Served):
    entries = await served.entries()
    assert [(entry.title, entry.link) for entry in entries] == [
        (one.title, served.address + one.slug) for one in served.blog.posts
    ]
    for entry, one in zip(entries, served.blog.posts, strict=True):
        assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == one.published_at
        assert entry.summary in (await served.get(one.slug))[2].decode()
    assert len({entry.id for entry in entries}) == len(entries)


async def test_both_feeds_say_the_same(served: Served):
    feed = json.loads((await served.get("feed.json"))[2])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["authors"] == [{"name": "Carol"}]
    assert [(item["id"], item["url"], item["title"], item["content_html"]) for item in feed["items"]] == [
        (entry.id, entry.link, entry.title, entry.content[0].value) for entry in await served.entries()
    ]


@pytest.mark.parametrize("feed", ["feed.xml", "feed.json"])
async def test_who_asks_again_learns_that_nothing_has_changed(served: Served, feed: str):
    _, headers, _ = await served.get(feed)
    for again in ({"if_none_match": headers["Etag"]}, {"if_modified_since": headers["Last-Modified"]}):
        status, repeated, body = await served.get(feed, **again)
        assert (status, body) == (304, b"")
        assert repeated["Etag"] == headers["Etag"]


@pytest.mark.parametrize("feed", ["feed.xml", "feed.json"])
async def test_a_new_post_changes_the_feed_and_comes_first(served: Served, feed: str):
    _, before, _ = await served.get(feed)
    new = served.blog.publish(NOW)
    both = {"if_none_match": before["Etag"], "if_modified_since": before["Last-Modified"]}
    for known in (both, {"if_modified_since": before["Last-Modified"]}):
        status, after, _ = await served.get(feed, **known)
        assert status == 200
        assert after["Etag"] != before["Etag"]
        assert after["Last-Modified"] != before["Last-Modified"]
    entries = await served.entries()
    assert (entries[0].title, entries[0].published_parsed[:6]) == (new.title, (2026, 4, 20, 15, 0, 0))


async def test_an_etag_that_differs_wins_over_a_date_that_does_not(served: Served):
    _, headers, _ = await served.get("feed.xml")
    answer = await served.get("feed.xml", if_none_match='"another"', if_modified_since=headers["Last-Modified"])
    assert answer[0] == 200


async def test_a_date_that_cannot_be_read_is_passed_over(served: Served):
    assert (await served.get("feed.xml", if_modified_since="yesterday"))[0] == 200


async def test_what_is_not_out_yet_is_nowhere(served: Served, plan: BlogPlan):
    waiting = next(draft for draft in plan.drafts if draft.days_ago is None)
    status, _, page = await served.get(waiting.slug)
    assert status == 404
    assert b"There is nothing here" in page
    assert waiting.title.encode() not in (await served.get())[2]
    assert (await served.get(f"pictures/{waiting.slug}.png"))[0] == 404
    assert (await served.get("a/b/c"))[0] == 404


async def test_a_post_with_a_picture_shows_it(served: Served):
    with_one = next(one for one in served.blog.posts if one.picture)
    [address] = Links((await served.get(with_one.slug))[2]).pictures
    _, headers, png = await served.get(address)
    assert headers["Content-Type"] == "image/png"
    assert Image.open(BytesIO(png)).size == (1200, 480)
    without = next(one for one in served.blog.posts if not one.picture)
    assert Links((await served.get(without.slug))[2]).pictures == []
    assert (await served.get(f"pictures/{without.slug}.png"))[0] == 404


class TestOfABlogThatMeansHarm:
    @pytest.fixture
    def plan(self) -> BlogPlan:
        draft = Draft(slug="harm", title=SPITEFUL, text=f"{SPITEFUL}\n\n[x](javascript:alert(1))", days_ago=1)
        return BlogPlan(SPITEFUL, SPITEFUL, (draft,), draft)

    async def test_markup_is_only_ever_text(self, served: Served):
        for path in ("", "harm", "nowhere"):
            page = (await served.get(path))[2]
            assert b"<script" not in page
            assert b"&lt;script&gt;" in page
            assert not any(anchor.startswith("javascript") for anchor in Links(page).anchors)
        [entry] = await served.entries()
        assert "<script" not in entry.content[0].value
        feed = json.loads((await served.get("feed.json"))[2])
        assert feed["items"][0]["title"] == SPITEFUL


class TestOfABlogThatBeginsEmpty:
    @pytest.fixture
    def plan(self) -> BlogPlan:
        draft = Draft(slug="first", title="First", text="Good morning.")
        return BlogPlan("New", "About", (draft,), draft)

    async def test_it_can_be_read_and_begun(self, served: Served):
        assert b"Nothing is written yet." in (await served.get())[2]
        assert await served.entries() == []
        served.blog.publish(NOW)
        assert [entry.title for entry in await served.entries()] == ["First"]


def test_the_drawer_holds_three_posts_that_are_out_and_five_that_wait(plan: BlogPlan):
    blog = Blog(plan, "Carol", NOW)
    assert len(blog.posts) == 3
    assert len(plan.drafts) == 8
    assert [one.published_at for one in blog.posts] == sorted((one.published_at for one in blog.posts), reverse=True)


def test_after_the_last_draft_come_postcards_each_with_its_own_address(plan: BlogPlan):
    blog = Blog(plan, "Carol", NOW)
    out = [blog.publish(NOW + timedelta(minutes=minute)) for minute in range(8)]
    assert [one.title for one in out[5:]] == ["A postcard, no. 1", "A postcard, no. 2", "A postcard, no. 3"]
    assert len({one.slug for one in blog.posts}) == 11


def test_posts_of_the_same_moment_keep_their_order(plan: BlogPlan):
    blog = Blog(plan, "Carol", NOW)
    first, second = blog.publish(NOW), blog.publish(NOW)
    assert second.published_at - first.published_at == timedelta(seconds=1)
    assert blog.posts[:2] == (second, first)


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("01-a.md", "days_ago: 3\n\nHello.", "title"),
        ("01-a.md", "title: A\npicture: midnight\n\nHello.", "picture"),
        ("01-a.md", "title: A\nmood: good\n\nHello.", "mood"),
        ("01-a.md", "title: A\ndays_ago: soon\n\nHello.", "days_ago"),
        ("01-a.md", "title: A", "text"),
        ("postcard.md", "", "title"),
    ],
)
def test_a_post_that_makes_no_sense_is_refused_in_one_sentence(file: str, text: str, words: str, tmp_path: Path):
    for name in ("about.md", "postcard.md"):
        (tmp_path / name).write_text("title: A\n\nHello.", encoding="utf-8")
    (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(OperatorError, match=words) as caught:
        load(tmp_path)
    assert "\n" not in caught.value.message


def test_a_missing_blog_is_told_in_one_sentence(tmp_path: Path):
    with pytest.raises(OperatorError, match=r"blog is missing: .*about\.md"):
        load(tmp_path)


def test_the_rehearsal_serves_it_and_publishes_on_it(own_house: str):
    address = urljoin(own_house, "/blog/")
    before = feedparser.parse(get(address + "feed.xml")[2]).entries
    _, state = post(urljoin(own_house, "api/publish"))
    entries = feedparser.parse(get(address + "feed.xml")[2]).entries
    assert [entry.title for entry in entries[1:]] == [entry.title for entry in before]
    assert state["blog"] == {
        "address": "/blog/", "title": "Outside the Bubble", "author": "Carol", "posts": 4, "newest": entries[0].title,
    }  # fmt: skip
    assert f"Carol published “{entries[0].title}” on the blog" in [deed["text"] for deed in state["activity"]]
    assert get(entries[0].link)[0] == 200


def test_another_host_name_is_turned_away_from_the_blog_too(house: str):
    assert get(urljoin(house, "/blog/feed.xml"), host="evil.example")[0] == 403
