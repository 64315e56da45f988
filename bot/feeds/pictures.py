"""Which picture of a post is worth showing."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import urlsplit

from bot.feeds.plain import absolute

#: Characters of HTML that are searched: a post's picture stands near its beginning.
MOST_SEARCHED = 50_000
#: Pictures looked at before it is believed that there is none.
MOST_PICTURES = 50

_IMG = re.compile(r"(?i)<img\b([^<>]*)>")
_ATTRIBUTE = re.compile(r"""(?i)([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
#: Where a lazily loading page keeps the address; its `src` is a placeholder then.
_SOURCES = ("data-orig-file", "data-lazy-src", "data-src", "data-original", "src")
#: Counters, faces and smileys are no illustrations of a post.
_UNSUITABLE = re.compile(
    r"(?i)gravatar\.com|/avatars?/|feedburner|feedsportal|doubleclick|/~r/|pixel\.|/pixel|stats\.wordpress|pixel\.wp\.com"
    r"|wp-includes/images/smilies|/emoji|s\.w\.org/images/core|twemoji|smil(?:ey|ies)|/spacer\.|/blank\.(?:gif|png)|1x1"
    r"|google-analytics|scorecardresearch|statcounter|b\.scorecard|amazon-adsystem|/beacon|track(?:er|ing)?[./]|\.svg$"
    r"|assets\.feedblitz|feeds\.wordpress\.com/1\.0|medium\.com/_/stat"
)


def picture(offered: Iterable[str], html: Iterable[str], base: str) -> str:
    """The first suitable https address of those a feed offers as pictures, else of the images in its HTML; or empty."""
    for address in offered:
        if suitable := _suitable(address, base):
            return suitable
    for source in html:
        for address in _in_html(source[:MOST_SEARCHED]):
            if suitable := _suitable(address, base):
                return suitable
    return ""


def _suitable(address: str, base: str) -> str:
    whole = absolute(address, base) if address else ""
    return "" if urlsplit(whole).scheme != "https" or _UNSUITABLE.search(whole) else whole


def _in_html(html: str) -> Iterator[str]:
    """The addresses of the images that are more than a dot."""
    for count, found in enumerate(_IMG.finditer(html)):
        if count >= MOST_PICTURES:
            return
        attributes = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(found[1])}
        small = any(re.fullmatch(r"\s*[0-3](?:px)?\s*", attributes.get(side, "")) for side in ("width", "height"))
        looks = f"{attributes.get('class', '')} {attributes.get('style', '')}"
        if not small and not re.search(r"(?i)avatar|smiley|emoji|display:\s*none", looks):
            address = next((attributes[name] for name in _SOURCES if attributes.get(name)), "")
            if not address.startswith("data:"):
                yield unescape(address)
