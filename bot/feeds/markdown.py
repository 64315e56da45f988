"""A short summary in Discord Markdown: the author's emphasis is kept, and nothing else in it is alive.

The text arrives with private characters for what is kept of its markup, so that escaping, balancing and cutting happen
once and at the end, where it is known what stands beside what.
"""

import re
from collections.abc import Iterator
from itertools import takewhile

from bot.feeds.markup import BULLET, EM, EM_END, QUOTE, STRONG, STRONG_END, marked_text
from bot.feeds.plain import cleaned

#: Characters, escapes counted.
LONGEST_SUMMARY = 300

_INLINE_MARKS = (STRONG, STRONG_END, EM, EM_END)
_INLINE_MARK = re.compile(f"([{''.join(_INLINE_MARKS)}])")
_STARS = {" ": "", "e": "*", "s": "**"}
_LINE_MARKS = {BULLET: "- ", QUOTE: "> "}

# What stands at the end of a summary and says nothing: WordPress's footer, and the many ways to say "there is more".
_FOOTER = re.compile(r"(?<!\S)The post\s[^\n]{1,300}?\s(?:appeared first on|first appeared on)\s[^\n]{1,200}\Z")
_MORE = re.compile(
    r"(?:[\[(] ?(?:…|\.\.\.) ?[\])]|[\[(][Mm]ore(?:…|\.\.\.)?[\])]|→|»"
    r"|(?<!\w)(?:Continue [Rr]eading|Keep [Rr]eading)\b[^\n]{0,150}"
    r"|(?<!\w)(?:Read [Mm]ore|READ MORE|Read [Oo]n|Read the (?:full|rest|whole))\b[^\n.!?]{0,100}[.…]{0,3})\Z"
)
_TAIL = 700
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[^\sa-z]|\s*\Z)|[。！？]+[」』”）]*|[^\s:;,](?=\n)")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Prof|vs|No|Nr|etc|e\.g|i\.e|z\.B|cf)|\b[A-Z])\.\Z")

_INVITE = re.compile(r"(?i)(discord(?:app)?|dsc|invite|top|disboard)\.(?=gg|gift|new|com|io|me|li|org)")
_ALIVE = re.compile(r"[\\*_~`|\[\]<>]")
_LINE_START = re.compile(r"^(?:#|-|\+|>|\d+(?=[.)]))")


def summary(source: str, *, html: bool = True, longest: int = LONGEST_SUMMARY) -> str:
    """HTML (or plain text) as Discord Markdown of at most `longest` characters, escapes counted, cut at a sentence."""
    marked = _without_tail(marked_text(source, html=html))
    # Between two items of a list no line stays blank. From here on each character shows as one or more.
    compact = re.sub(f"(?m)^({BULLET}.*)\n\n(?={BULLET})", r"\1\n", marked)
    return _cut(_Styled.read(compact[: longest * 4]), longest)


def neutralised(text: str) -> str:
    """Plain text that shows as it is: no formatting, mention, link, invite or heading comes alive from it."""
    return "\n".join(_line_start_neutralised(_neutralised(line)) for line in cleaned(text).split("\n"))


def _neutralised(text: str) -> str:
    """Escaped, but for what counts at the start of a line only. A zero-width space breaks what no escape stops."""
    text = text.replace(BULLET, "").replace(QUOTE, "")
    unlinked = _INVITE.sub("\\g<1>\u200b.", text.replace("://", ":\u200b//"))
    escaped = _ALIVE.sub(r"\\\g<0>", unlinked)
    return re.sub(r"<(?=[\w@#:/&!])|@", "\\g<0>\u200b", escaped)


def _line_start_neutralised(line: str) -> str:
    """A line that opens no heading, small print, quote or list."""
    bare = line.lstrip()
    found = _LINE_START.match(bare)
    if not found:
        return bare
    if found[0].isdigit():
        return f"{found[0]}\\{bare[found.end() :]}"
    return f"\\{bare}"


def _without_tail(text: str) -> str:
    """Without the footer that WordPress adds, and without a last "Continue reading"."""
    closing = f"{STRONG}{STRONG_END}{EM}{EM_END}{BULLET}{QUOTE} \n"
    kept, tail = text[:-_TAIL], text[-_TAIL:].rstrip(closing)
    tail = _FOOTER.sub("", tail).rstrip(closing)
    for _ in range(4):
        tail = _MORE.sub("", tail).rstrip(closing)
    return kept + tail


class _Styled:
    """Text with a style for each character: ` ` as it is, `e` emphasis, `s` strong; lists and quotes open a line."""

    def __init__(self, text: str, styles: str) -> None:
        self.text, self.styles = text, styles

    @classmethod
    def read(cls, source: str) -> "_Styled":
        """Read the private characters. Emphasis inside strong is strong."""
        text, styles, strong, em = "", "", 0, 0
        for part in _INLINE_MARK.split(source):
            strong = max(0, strong + (part == STRONG) - (part == STRONG_END))
            em = max(0, em + (part == EM) - (part == EM_END))
            if part not in _INLINE_MARKS:
                text += part
                styles += ("s" if strong else "e" if em else " ") * len(part)
        return cls(text, styles)

    def rendered(self, end: int | None = None, ellipsis: str = "") -> str:
        """As Discord Markdown, up to character `end`."""
        text = self.text[:end].rstrip(f" \n{BULLET}{QUOTE}" + " ,;:-–—(" * bool(ellipsis))
        lines, position = list[str](), 0
        for line in text.split("\n"):
            lines.append(_line(line, self.styles[position : position + len(line)]))
            position += len(line) + 1
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + ellipsis


def _line(line: str, styles: str) -> str:
    """One line, with the mark of its list or quote: the outermost, where there are several."""
    start = len(line) - len(line.lstrip(BULLET + QUOTE))
    # A mark of a line inside a line stood in HTML that put a quote where none can be: `_neutralised` takes it out.
    plain = not styles.strip()
    shown = _neutralised(line[start:]) if plain else "".join(_runs(line[start:], styles[start:]))
    words = _line_start_neutralised(shown)
    return _LINE_MARKS.get(line[:1], "") + words if words else ""


def _runs(line: str, styles: str) -> Iterator[str]:
    """Each stretch of one style, escaped and marked. Two that touch would read as one: the second stays unmarked."""
    touching = False
    for stretch in re.finditer(r"(.)\1*", styles):
        words, star = line[stretch.start() : stretch.end()], _STARS[stretch[1]]
        bare = _neutralised(words.strip())
        if star and not touching and any(char.isalnum() for char in bare):
            before, after = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
            yield f"{before}{star}{bare}{star}{after}"
            touching = not after
        else:
            yield _neutralised(words)
            touching = False


def _cut(styled: _Styled, longest: int) -> str:
    """Cut at the end of a sentence in the last two thirds of what fits, else at a word, else anywhere."""
    fitting = min(len(styled.text), longest)
    if fitting < len(styled.text):
        fitting -= len(_ALIVE.findall(styled.text[:fitting])) // 2  # a first guess, which saves steps
    while (length := len(shown := styled.rendered(fitting)) + (fitting < len(styled.text))) > longest:
        fitting = min(fitting - 1, fitting * longest // length)
    if fitting == len(styled.text):
        return shown
    sentences = (found.end() for found in _SENTENCE_END.finditer(styled.text, fitting // 3))
    ends = [
        end
        for end in takewhile(lambda end: end <= fitting, sentences)
        if not _ABBREVIATION.search(styled.text[max(0, end - 8) : end])
    ]
    if ends:
        return styled.rendered(ends[-1])
    space = max(styled.text.rfind(" ", fitting // 3, fitting + 1), styled.text.rfind("\n", fitting // 3, fitting + 1))
    return styled.rendered(space if space > 0 else _between_characters(styled.text, fitting), "…")


def _between_characters(text: str, end: int) -> int:
    """The nearest place up to `end` that parts no emoji or accented letter from what belongs to it."""
    part = re.compile("[\u0300-\u036f\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
    first = end
    while end > 1 and (part.match(text[end : end + 1]) or text[end - 1] == "\u200d"):
        end -= 1
    return end if end > 1 else first
