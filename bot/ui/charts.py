"""Charts as pictures: their paper and colours, and how one becomes an attachment.

matplotlib is imported when the first one is drawn: it takes a second and 50 MB, and most processes never need it.
"""

import asyncio
import io
import threading
from collections.abc import Callable, Sequence
from typing import Any

import discord

from bot.ui.text import shortened

# Warm paper of its own, so that it reads the same on Discord's dark and light ground; each bar is a little closer
# to the colour of the cards.
PAPER, INK, SOFT, TRACK = "#faf6ed", "#2d2621", "#6a5e53", "#f0e7d8"
BARS = ("#dfbfa9", "#d6a183", "#cb825b", "#c0653a")

#: Discord's limit for the description of a picture.
LONGEST_ALT_TEXT = 1024

# matplotlib draws one chart at a time, in whichever thread.
_drawing = threading.Lock()


def sheet(width: int, height: int) -> Any:
    """An empty figure of that many pixels."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / 100, height / 100), dpi=100, facecolor=PAPER)


def png(figure: Any) -> bytes:
    """The figure as a picture."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor=PAPER)
    return picture.getvalue()


async def attached(name: str, words: Sequence[str], draw: Callable[[], bytes]) -> discord.File:
    """What `draw` draws, under that name; `words` tell those who cannot see it."""

    def draw_alone() -> bytes:
        with _drawing:
            return draw()

    # In a thread, where nobody else waits for it.
    picture = await asyncio.to_thread(draw_alone)
    alt = shortened(" ".join(words).replace("**", ""), LONGEST_ALT_TEXT)
    return discord.File(io.BytesIO(picture), name, description=alt)
