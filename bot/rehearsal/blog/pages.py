"""The blog as people read it: a front page and a page for each post, from `page/blog.html` and `page/blog.css`."""

from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

from bot.rehearsal.blog.feeds import ATOM, JSON, picture_address
from bot.rehearsal.blog.pictures import HEIGHT, WIDTH
from bot.rehearsal.blog.posts import Blog, Post
from bot.rehearsal.blog.words import first_words, html_of

PAGE = Path(__file__).parents[1] / "page"


class Pages:
    """Draws the pages of one blog; dates are told in the author's time zone."""

    def __init__(self, blog: Blog, address: str, time_zone: str) -> None:
        self._blog = blog
        self._address = address
        self._zone = ZoneInfo(time_zone)
        self._shell = Template((PAGE / "blog.html").read_text(encoding="utf-8"))

    def front(self) -> bytes:
        """The front page: the newest post large, the older ones below."""
        posts = self._blog.posts
        drawn = "".join(self._teaser(post, newest=post is posts[0]) for post in posts)
        return self._page(self._blog.title, drawn or "<p>Nothing is written yet.</p>")

    def post(self, post: Post) -> bytes:
        """A post's own page."""
        body = (
            f'<article class="post"><h2>{escape(post.title)}</h2>{self._byline(post)}{self._picture(post)}'
            f'<div class="text">{html_of(post.text)}</div></article>'
            f'<p class="back"><a href="{escape(self._address)}">All letters</a></p>'
        )
        return self._page(f"{post.title} · {self._blog.title}", body)

    def nowhere(self) -> bytes:
        """What is said where no post is."""
        body = (
            "<h2>There is nothing here</h2><p>Perhaps it has not been written yet.</p>"
            f'<p class="back"><a href="{escape(self._address)}">All letters</a></p>'
        )
        return self._page(f"Nothing here · {self._blog.title}", body)

    def _page(self, title: str, body: str) -> bytes:
        blog = self._blog
        words = {"title": title, "blog": blog.title, "about": blog.about, "author": blog.author}
        places = {"home": self._address, "atom": self._address + ATOM, "json": self._address + JSON}
        drawn = {name: escape(value) for name, value in (words | places).items()}
        return self._shell.substitute(drawn, body=body).encode()

    def _teaser(self, post: Post, *, newest: bool) -> str:
        link = escape(self._address + post.slug)
        return (
            f'<article class="teaser{" newest" if newest else ""}">{self._picture(post) if newest else ""}'
            f'<h2><a href="{link}">{escape(post.title)}</a></h2>{self._byline(post)}<p>{escape(first_words(post))}</p>'
            "</article>"
        )

    def _byline(self, post: Post) -> str:
        at = post.published_at
        return f'<p class="byline"><time datetime="{at.isoformat()}">{self._day(at)}</time></p>'

    def _day(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        return f"{local.day} {local:%B %Y}"

    def _picture(self, post: Post) -> str:
        if post.picture is None:
            return ""
        address = escape(picture_address(self._address, post))
        return f'<img src="{address}" alt="" width="{WIDTH}" height="{HEIGHT}">'
