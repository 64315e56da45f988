"""Other people's words made safe to show."""

import re

_LINK = re.compile(r"(?i)(https?:)(//)|(discord)(\.gg|\.com|app\.com)")


def safe_name(name: str) -> str:
    """A name as plain text: no formatting, no link, no mention, whatever somebody chose to be called.

    At most twice as long as the name: each character is escaped at most once.
    """
    unlinked = _LINK.sub(lambda found: f"{found[1] or found[3]}\u200b{found[2] or found[4]}", name)
    escaped = re.sub(r"([\\*_~`|>#\[\]()<])", r"\\\1", unlinked)
    return escaped.replace("@", "@\u200b")


def shortened(text: str, longest: int) -> str:
    """The text, cut at `longest` characters with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def safe_within(text: str, longest: int) -> str:
    """`safe_name` of a text, cut so that it has at most `longest` characters and no escape is torn."""
    safe = safe_name(text)
    kept = text
    while len(safe) > longest:
        kept = kept[: len(kept) - max(1, (len(safe) - longest) // 2)].rstrip()
        safe = safe_name(kept) + "…"
    return safe
