"""A post's words: as HTML, and its beginning as plain text."""

import re
from functools import cache

from markdown_it import MarkdownIt

from bot.rehearsal.blog.posts import Post

#: HTML in a post is shown as it is written, never obeyed.
_markdown = MarkdownIt("commonmark", {"html": False})
_SIGNS = re.compile(r"[*_`>#]")


@cache
def html_of(markdown: str) -> str:
    """The text as HTML that is safe to put into a page."""
    return str(_markdown.render(markdown)).strip()


def first_words(post: Post) -> str:
    """The first paragraph, on one line and without its markup."""
    return " ".join(_SIGNS.sub("", post.text.partition("\n\n")[0]).split())
