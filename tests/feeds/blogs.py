"""A blog on the loopback web: posts are published, and its feed tells of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from tests.feeds.web import LoopbackWeb, Reply


@dataclass
class Blog:
    """A blog at `path`, whose feed lists its posts newest first."""

    web: LoopbackWeb
    path: str = "/feed"
    title: str = "Out of the Bubble"
    posts: list[tuple[str, datetime | None]] = field(default_factory=list[tuple[str, datetime | None]])
    etag: bool = False

    @property
    def url(self) -> str:
        """Where the feed is."""
        return self.web.url(self.path)

    def publish(self, *titles: str, at: datetime | None = None) -> None:
        """Publish posts, one after the other."""
        self.posts += [(title, at) for title in titles]
        self.show()

    def show(self, posts: Sequence[tuple[str, datetime | None]] | None = None) -> None:
        """Let the feed tell of these posts, or of all."""
        shown = self.posts if posts is None else posts
        items = "".join(map(self._item, reversed(shown)))
        site = f"http://blog.example{self.path}"
        head = f"<title>{escape(self.title)}</title><link>{site}</link>"
        body = f'<rss version="2.0"><channel>{head}{items}</channel></rss>'
        tag = {"ETag": f'"{len(shown)}"'} if self.etag else {}
        self.web.pages[self.path] = Reply(body.encode(), headers={"Content-Type": "application/rss+xml", **tag})

    def _item(self, post: tuple[str, datetime | None]) -> str:
        title, at = post
        date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
        link = f"http://blog.example{self.path}/{title.lower().replace(' ', '-')}"
        words = f"<description>&lt;p&gt;About {escape(title)}.&lt;/p&gt;</description>"
        return f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid>{date}{words}</item>"
