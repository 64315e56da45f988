"""A thousand blogs in a process of their own, so that serving them costs the bot nothing.

`python -m tests.benchmarks.feed_web 1000` prints each feed's address, then waits for lines on standard input: `publish`
lets a fifth of the blogs have one new post, `count` changes nothing; both are answered with how often the blogs were
asked since the line before, all together, and how often the one that was asked most.
"""

import asyncio
import sys
from collections.abc import Iterator

from tests.feeds.web import Asked, LoopbackWeb, Reply

#: Blogs stand at as many hosts, for of one host only two are read at once.
HOSTS = 100
ENTRIES = 20
#: Of ten blogs three answer "nothing has changed", two have a new post after `publish`, and five repeat themselves.
_WORDS = "<p>" + "Somebody wrote to me, and I wrote back. <em>That</em> is how it began. " * 24 + "</p>"


class Blog:
    """The feed number `number`."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.entries = ENTRIES
        self.asked = 0
        self.path = f"/{number}/feed.xml"
        self._body = b""

    @property
    def has_news(self) -> bool:
        """Whether it publishes something."""
        return self.number % 10 in (3, 4)

    @property
    def knows_etags(self) -> bool:
        """Whether its server can say that nothing has changed."""
        return self.number % 10 < 3

    def publish(self) -> None:
        """One more post."""
        self.entries += 1
        self._body = b""

    def answer(self, asked: Asked) -> Reply:
        """What its server says."""
        self.asked += 1
        tag = f'"{self.entries}"'
        if self.knows_etags and asked.headers.get("if-none-match") == tag:
            return Reply(status=304)
        self._body = self._body or "".join(self._feed()).encode()
        headers = {"Content-Type": "application/rss+xml"} | ({"ETag": tag} if self.knows_etags else {})
        return Reply(self._body, headers=headers)

    def _feed(self) -> Iterator[str]:
        yield f'<rss version="2.0"><channel><title>Blog {self.number}</title><link>https://blog.example/</link>'
        for entry in range(self.entries, max(0, self.entries - ENTRIES), -1):
            link = f"https://blog.example/{self.number}/{entry}"
            yield f"<item><title>Post {entry}</title><link>{link}</link><guid>{link}</guid>"
            yield f"<description><![CDATA[{_WORDS}]]></description></item>"
        yield "</channel></rss>"


async def main(count: int) -> None:
    """Serve until standard input ends."""
    blogs = [Blog(number) for number in range(count)]
    webs = [LoopbackWeb(f"127.0.0.{number + 1}") for number in range(min(HOSTS, count))]
    for web in webs:
        await web.__aenter__()
    for blog in blogs:
        web = webs[blog.number % len(webs)]
        web.pages[blog.path] = blog.answer
        _say(web.url(blog.path))
    _say("ready")
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = [blog.asked for blog in blogs]
        for blog in blogs:
            blog.asked = 0
            if blog.has_news and line.strip() == "publish":
                blog.publish()
        _say(f"{sum(asked)} {max(asked)}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
