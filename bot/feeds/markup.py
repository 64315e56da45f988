"""HTML as lines of text, in which private characters tell what is kept of its markup.

No text of a feed can contain these characters (`cleaned` takes them out), so that the lines tell the author's
markup from the author's words.
"""

import re
from html import unescape
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.exceptions import ParserRejectedMarkup
from markdownify import MarkdownConverter

from bot.feeds.plain import cleaned

#: Characters of text that are converted, and of HTML for them: a summary has 300, and the price of a feed is the price
#: of this conversion, nearly alone.
MOST_TEXT, MOST_HTML = 450, 6_000
#: Characters of HTML that are looked at before: attributes, styles and pictures may be much longer than the text.
MOST_READ = 100_000
#: Below this nesting only text is taken. Feeds nest some ten levels; Python allows about a thousand calls.
DEEPEST = 40

STRONG, STRONG_END, EM, EM_END, BULLET, QUOTE = "\ue000\ue001\ue002\ue003\ue004\ue005"

_SILENT = (
    *("script", "style", "iframe", "table", "video", "audio", "svg", "object", "form", "noscript", "template", "head"),
    *("title", "math", "canvas", "figcaption", "textarea", "select", "button"),
)
#: Inside code Discord knows no escape, so that code is shown as any other text.
_CODE = {"pre": "div", "code": "span", "kbd": "span", "samp": "span"}
_SPECIAL = re.compile(rf"(?i)<(?:{'|'.join([*_SILENT, *_CODE])})\b")
_NOTHING = re.compile(r"(?i)</?(?:img|hr|source|input|wbr)\b[^<>]*>")
_ATTRIBUTES = re.compile(r"""<([a-zA-Z][\w:-]*+)\s(?:"[^"]{0,4000}+"|'[^']{0,4000}+'|[^"'<>]++)*+>""")
_HIDDEN_START = re.compile(r"(?i)<(script|style|svg|iframe|noscript|!--)")
_TAG = re.compile(r"<(/?[a-zA-Z][\w:-]*+)\s*/?>")
_SIMPLE = {
    **dict.fromkeys(("p", "/p", "div", "/div", "section", "/section"), "\n\n"),
    **dict.fromkeys(("ul", "/ul", "ol", "/ol"), "\n\n"),
    **{"li": f"\n{BULLET}", "/li": "\n"},
    **{f"h{n}": f"\n\n{STRONG}" for n in range(1, 7)},
    **{f"/h{n}": f"{STRONG_END}\n\n" for n in range(1, 7)},
    **dict.fromkeys(("a", "/a", "span", "/span", "u", "/u", "figure", "/figure"), ""),
    **{"br": "\n", "b": STRONG, "/b": STRONG_END, "strong": STRONG, "/strong": STRONG_END},
    **{"i": EM, "/i": EM_END, "em": EM, "/em": EM_END},
}
_NESTED = re.compile(
    r"(?i)<(?:li|h[1-6])>(?:[^<]|<(?!/?(?:li|[uo]l|h[1-6])>))*+<(?:p|div|br|section|[uo]l|li|h[1-6])>", re.DOTALL
)
_OUTSIDE_TAGS = re.compile(r"(?:(?<=>)|\A)[^<]+")
_DATA_URI = re.compile(r"data:[\w/+.-]{1,50};base64,[\w+/=]+")
_ANY_TAG = re.compile(r"(?i)</?(?:p|br|div|a|img|b|i|em|strong|span|ul|ol|li|h[1-6]|blockquote)\b[^<>]*>")
_CLOSED_TAG = re.compile(r"(?i)</(?:p|div|a|b|i|em|strong|span|ul|li|h[1-6])>|<br ?/?>")
_ESCAPED_TAG = re.compile(r"(?i)&lt;/?(?:p|br|div|a|img|b|em|strong|span|ul|h[1-6])\b")


def marked_text(source: str, *, html: bool) -> str:
    """The source as marked lines: read as HTML if it is, or if it says it is plain text and has HTML's closing tags."""
    if not html and not _CLOSED_TAG.search(source[:MOST_HTML]):
        return _spaced(cleaned(source[:MOST_HTML]))
    return _spaced(_converted(_readable(source)))


class _Converter(MarkdownConverter):
    """markdownify, saying in private characters what Discord can show, and the rest as text."""

    def __init__(self) -> None:
        super().__init__(escape_asterisks=False, escape_underscores=False)
        self.depth = 0

    def process_tag(self, node: Tag, parent_tags: set[str] | None = None) -> str:
        self.depth += 1
        try:
            if self.depth > DEEPEST:
                return cleaned(node.get_text())
            return str(super().process_tag(node, parent_tags))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportAttributeAccessIssue]
        finally:
            self.depth -= 1

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Only once entities are resolved can it be known which characters a text holds."""
        return cleaned(text)

    def convert_b(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return f"{STRONG}{text}{STRONG_END}"

    def convert_em(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return f"{EM}{text}{EM_END}"

    def convert_hN(self, n: int, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        return f"\n\n{STRONG}{text.strip()}{STRONG_END}\n\n"

    def convert_blockquote(self, el: Any, text: str, parent_tags: set[str]) -> str:
        lines = [line for line in text.strip().split("\n") if line.strip()]
        return "\n\n" + "\n".join(QUOTE + line for line in lines) + "\n\n"

    def convert_li(self, el: Any, text: str, parent_tags: set[str]) -> str:
        """One line per item, numbered or not, also in a list inside a list: a summary is too short for levels."""
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        own = " ".join(line for line in lines if line[0] != BULLET)
        items = [BULLET + own] * bool(own) + [line for line in lines if line[0] == BULLET]
        return "\n" + "\n".join(items) + "\n"

    def convert_block(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return f"\n{text.strip()}\n"

    def convert_as_text(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return text

    def convert_br(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return "\n" + text

    convert_strong, convert_i = convert_b, convert_em
    convert_a = convert_del = convert_s = convert_as_text
    convert_dd = convert_dt = convert_td = convert_th = convert_tr = convert_block


def _converted(html: str) -> str:
    return _simply_converted(html) or _fully_converted(html)


def _simply_converted(html: str) -> str:
    """What the library makes of paragraphs, headings and flat lists, which most posts are, in a tenth of the time.

    Empty where there is anything else. That it gives the same is tested.
    """
    parts = _TAG.split(html)
    marks = [_SIMPLE.get(tag.lower()) for tag in parts[1::2]]
    if None in marks or any("<" in text for text in parts[::2]) or _NESTED.search(html):
        return ""
    texts = [cleaned(unescape(text)) for text in parts[::2]]
    return "".join(text + (mark or "") for text, mark in zip(texts, [*marks, ""], strict=True))


def _fully_converted(html: str) -> str:
    soup = _soup(html)
    if _SPECIAL.search(html):
        _make_plain(soup)
    return _Converter().convert_soup(soup)


def _make_plain(soup: BeautifulSoup) -> None:
    """Take out what is not text, and make code text."""
    for tag in soup.find_all([*_SILENT, *_CODE]):
        if tag.name in _CODE:
            tag.name = _CODE[tag.name]
        else:
            tag.decompose()


def _soup(html: str) -> BeautifulSoup:
    """The HTML's tree. What the parser refuses are broken declarations, which say nothing."""
    try:
        return BeautifulSoup(html, "html.parser")
    except ParserRejectedMarkup:
        return BeautifulSoup(html.replace("<!", "").replace("<?", ""), "html.parser")


def _readable(html: str) -> str:
    """The beginning that shows, cut outside of a tag; unescaped where it came escaped twice."""
    bare = _bare(html)
    if not _ANY_TAG.search(bare) and _ESCAPED_TAG.search(bare):
        bare = _bare(unescape(bare))
    room = MOST_TEXT
    for found in _OUTSIDE_TAGS.finditer(bare, 0, MOST_HTML):
        room -= len(unescape(found[0]))
        if room < 0:
            return bare[: found.end()]
    cut = bare[:MOST_HTML]
    return cut[: cut.rfind("<")] if cut.rfind("<") > cut.rfind(">") else cut


def _bare(html: str) -> str:
    """Without what is hidden, attributes and pictures: none of it says anything in a summary."""
    short = _DATA_URI.sub("", html) if "data:" in html[:MOST_READ] else html
    shown = _without_hidden(re.sub(r"[ \t\r\n]+", " ", short[:MOST_READ]))
    return _NOTHING.sub("", _ATTRIBUTES.sub(r"<\1>", shown))


def _without_hidden(html: str) -> str:
    """Without comments, scripts and styles, which may be longer than the text. Each character is looked at once."""
    shown, position = "", 0
    while len(shown) <= MOST_HTML and (found := _HIDDEN_START.search(html, position)):
        shown += html[position : found.start()]
        closing = re.compile("-->" if found[1] == "!--" else rf"(?i)</{found[1]}\s*>").search(html, found.end())
        if not closing:
            return shown
        position = closing.end()
    return shown + html[position:]


def _spaced(text: str) -> str:
    """Spaces joined, lines trimmed, and at most one line left blank."""
    lines = re.sub(r"[^\S\n]+", " ", re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text))
    marks = f"[{STRONG}{STRONG_END}{EM}{EM_END}]+"
    joined = re.sub(f" +(?={marks}\n)|(?<=[ \n])({marks}) +", r"\1", lines)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", joined)).strip()
