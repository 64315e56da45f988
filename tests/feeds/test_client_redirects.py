"""Where the client goes and where it does not: redirects, and addresses that are not public."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.feeds.client import MOST_REDIRECTS, FeedClient
from bot.feeds.documents import Failure, Page, Trouble, Unchanged, Validators
from tests.feeds.web import LoopbackWeb, Names, Reply, redirect

FEED = b"<rss/>"
PERMANENT, TEMPORARY = (301, 308), (302, 303, 307)


@pytest.fixture
async def web() -> AsyncIterator[LoopbackWeb]:
    async with LoopbackWeb() as web:
        web.pages["/new"] = Reply(FEED)
        yield web


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """For a server with a certificate that aiohttp takes; it makes its own context when it is imported."""
    certificate = Path(__file__).with_name("self_signed.pem")
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", ssl.create_default_context(cafile=certificate))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    return serving


@pytest.fixture
async def client() -> AsyncIterator[FeedClient]:
    client = FeedClient("Tribekeeper", frozenset({"127.0.0.1"}), time_limit=10)
    yield client
    await client.close()


async def page_at(client: FeedClient, url: str) -> Page:
    page = await client.fetch(url)
    assert isinstance(page, Page), page
    return page


async def failure_at(client: FeedClient, url: str) -> Failure:
    failure = await client.fetch(url)
    assert isinstance(failure, Failure), failure
    return failure


@pytest.mark.parametrize("status", PERMANENT)
async def test_a_feed_has_moved_where_the_server_says_so(web: LoopbackWeb, client: FeedClient, status: int) -> None:
    web.pages["/old"] = redirect("/new", status)
    page = await page_at(client, web.url("/old"))
    assert (page.body, page.url, page.moved_to) == (FEED, web.url("/new"), web.url("/new"))


@pytest.mark.parametrize("status", TEMPORARY)
async def test_a_detour_for_today_moves_no_feed(web: LoopbackWeb, client: FeedClient, status: int) -> None:
    web.pages["/old"] = redirect("/new", status)
    page = await page_at(client, web.url("/old"))
    assert (page.body, page.url, page.moved_to) == (FEED, web.url("/new"), None)


@pytest.mark.parametrize("statuses", [(301, 302, 308), (307, 301, 301), (301, 308, 303)])
async def test_one_detour_among_permanent_redirects_moves_no_feed(
    web: LoopbackWeb, client: FeedClient, statuses: tuple[int, ...]
) -> None:
    for number, status in enumerate(statuses):
        web.pages[f"/{number}"] = redirect(f"/{number + 1}", status)
    web.pages["/3"] = Reply(FEED)
    assert (await page_at(client, web.url("/0"))).moved_to is None
    web.pages |= {f"/{number}": redirect(f"/{number + 1}", 301) for number in range(3)}
    assert (await page_at(client, web.url("/0"))).moved_to == web.url("/3")


async def test_an_unchanged_feed_can_have_moved_as_well(web: LoopbackWeb, client: FeedClient) -> None:
    web.pages["/old"] = redirect("/new", 301)
    web.pages["/new"] = Reply(status=304)
    assert await client.fetch(web.url("/old"), Validators('"1"')) == Unchanged(moved_to=web.url("/new"))
    assert [asked.headers["if-none-match"] for asked in web.asked] == ['"1"', '"1"']


async def test_a_feed_that_was_not_redirected_has_not_moved(web: LoopbackWeb, client: FeedClient) -> None:
    assert (await page_at(client, web.url("/new#top"))).moved_to is None
    web.pages["/round"] = lambda _: redirect("/round", 301) if len(web.asked) == 2 else Reply(FEED)
    assert (await page_at(client, web.url("/round"))).moved_to is None


async def test_who_leads_from_https_to_http_moves_no_feed(
    web: LoopbackWeb, client: FeedClient, trusted: ssl.SSLContext
) -> None:
    async with LoopbackWeb(tls=trusted) as secure:
        secure.pages |= {"/old": redirect(web.url("/new"), 301), "/new": Reply(FEED)}
        page = await page_at(client, secure.url("/old"))
        assert (page.body, page.url, page.moved_to) == (FEED, web.url("/new"), None)
        web.pages["/new"] = redirect(secure.url("/new"), 301)
        assert (await page_at(client, secure.url("/old"))).moved_to is None
        assert (await page_at(client, web.url("/new"))).moved_to == secure.url("/new")


async def test_a_certificate_has_to_be_that_of_the_name(trusted: ssl.SSLContext) -> None:
    client = FeedClient("Tribekeeper", frozenset({"blog.example"}), resolver=Names(blog_example=[["127.0.0.1"]]))
    async with LoopbackWeb(tls=trusted) as secure:
        failure = await failure_at(client, secure.url("/new", host="blog.example"))
    said = "The security certificate of the blog's site belongs to another site."
    assert failure == Failure(Trouble.INSECURE, said)
    await client.close()


async def test_a_redirect_in_an_old_alphabet_is_followed(web: LoopbackWeb, client: FeedClient) -> None:
    web.pages |= {"/old": Reply(status=302, headers={"Location": b"/gr\xfcn"}), "/gr%FCn": Reply(FEED)}
    assert (await page_at(client, web.url("/old"))).url == web.url("/gr%FCn")


async def test_so_many_redirects_are_followed_and_no_more(web: LoopbackWeb, client: FeedClient) -> None:
    for number in range(MOST_REDIRECTS + 1):
        web.pages[f"/{number}"] = redirect(f"/{number + 1}")
    web.pages[f"/{MOST_REDIRECTS + 1}"] = Reply(FEED)
    assert MOST_REDIRECTS == 5
    assert (await page_at(client, web.url("/1"))).body == FEED
    assert (await failure_at(client, web.url("/0"))).trouble is Trouble.TOO_MANY_REDIRECTS


async def test_a_circle_of_redirects_ends(web: LoopbackWeb, client: FeedClient) -> None:
    web.pages |= {"/a": redirect("/b", 301), "/b": redirect("/a", 301)}
    assert (await failure_at(client, web.url("/a"))).trouble is Trouble.TOO_MANY_REDIRECTS
    assert len(web.asked) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "location", ["new", "./new", "../blog/new", "/blog/new", "//{host}/blog/new", "http://{host}/blog/new#top", " new "]
)
async def test_a_redirect_may_be_written_in_short(web: LoopbackWeb, client: FeedClient, location: str) -> None:
    web.pages["/blog/old"] = redirect(location.format(host=f"127.0.0.1:{web.port}"))
    web.pages["/blog/new"] = Reply(FEED)
    assert (await page_at(client, web.url("/blog/old"))).url == web.url("/blog/new")


@pytest.mark.parametrize(
    "location",
    [
        *[
            "file:///etc/passwd",
            "ftp://127.0.0.1/new",
            "javascript:alert(1)",
            "data:text/xml,<rss/>",
            "ws://127.0.0.1/",
        ],
        *["http://ann:secret@127.0.0.1/new", "http://127.0.0.1:99999/", "http://[::1/"],
        *["/" + "a" * 2000, "http://a..b/", "http://a b/"],
    ],
)
async def test_a_redirect_to_what_is_no_web_address_is_not_followed(
    web: LoopbackWeb, client: FeedClient, location: str
) -> None:
    web.pages["/old"] = redirect(location)
    failure = await failure_at(client, web.url("/old"))
    assert failure.trouble is Trouble.FORBIDDEN_ADDRESS
    assert failure.reason == "The blog sends its readers to an address that I do not open."
    assert web.paths() == ["/old"]


@pytest.mark.parametrize("status", [*PERMANENT, *TEMPORARY])
async def test_a_redirect_to_nowhere_is_not_followed(web: LoopbackWeb, client: FeedClient, status: int) -> None:
    web.pages["/old"] = Reply(FEED, status=status)
    assert (await failure_at(client, web.url("/old"))).trouble is Trouble.UNREADABLE


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0.0.0.0"])
async def test_an_address_of_this_machine_is_not_opened(web: LoopbackWeb, host: str) -> None:
    client = FeedClient("Tribekeeper")
    assert (await failure_at(client, web.url("/new", host=host))).trouble is Trouble.FORBIDDEN_ADDRESS
    assert web.asked == []
    await client.close()


@pytest.mark.parametrize("host", ["localhost", "localhost."])
async def test_the_name_of_this_machine_is_not_opened(web: LoopbackWeb, host: str) -> None:
    client = FeedClient("Tribekeeper")
    # Not every machine knows its name with a full stop.
    possible = (Trouble.FORBIDDEN_ADDRESS, *([Trouble.UNREACHABLE] if host.endswith(".") else []))
    assert (await failure_at(client, web.url("/new", host=host))).trouble in possible
    assert web.asked == []
    await client.close()


@pytest.mark.parametrize(
    "addresses",
    [
        *[["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"]],
        *[["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["2606:4700::1111", "fd00::1"], ["not an address"]],
    ],
)
async def test_a_name_for_a_private_address_is_not_opened(web: LoopbackWeb, addresses: list[str]) -> None:
    client = FeedClient("Tribekeeper", resolver=Names(blog_example=[addresses]))
    assert (await failure_at(client, web.url("/new", host="blog.example"))).trouble is Trouble.FORBIDDEN_ADDRESS
    assert web.asked == []
    await client.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "inside.example", "2130706433", "[::ffff:7f00:1]"])
async def test_a_redirect_into_a_private_network_is_not_followed(web: LoopbackWeb, host: str) -> None:
    names = Names(blog_example=[["127.0.0.1"]], inside_example=[["127.0.0.1"]])
    client = FeedClient("Tribekeeper", frozenset({f"Blog.example:{web.port}"}), resolver=names)
    web.pages["/old"] = redirect(web.url("/new", host=host))
    failure = await failure_at(client, web.url("/old", host="blog.example"))
    assert failure.trouble is Trouble.FORBIDDEN_ADDRESS
    assert web.paths() == ["/old"]
    await client.close()


async def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    # A name that stands for a public address when it is checked, and for this machine when it is looked up again.
    monkeypatch.setattr("bot.feeds.connections.is_public", lambda address: str(address) == "127.0.0.2")
    names = Names(blog_example=[["127.0.0.2"], ["127.0.0.1"]])
    client = FeedClient("Tribekeeper", resolver=names)
    async with LoopbackWeb("127.0.0.2") as blog, LoopbackWeb("127.0.0.1", port=blog.port) as inside:
        blog.pages["/feed"] = redirect("/again")
        failure = await failure_at(client, blog.url("/feed", host="blog.example"))
    assert (blog.paths(), inside.paths()) == (["/feed"], [])
    assert blog.asked[0].headers["host"] == f"blog.example:{blog.port}"
    assert names.looked_up == ["blog.example", "blog.example"]
    assert failure.trouble is Trouble.FORBIDDEN_ADDRESS
    await client.close()
