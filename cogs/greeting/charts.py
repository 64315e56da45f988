"""The chart of newcomers, as a picture.

matplotlib is imported when the first one is drawn: it takes a second and 50 MB, and most processes never need it.
"""

import io
from collections.abc import Sequence
from typing import Any

from bot.greeting.answer_rules import Funnel, in_words

STEPS = ("joined", "greeted", "introduced", "answered")
#: The picture's size in pixels.
WIDTH, HEIGHT = 1200, 600

# Warm paper of its own, so that it reads the same on Discord's dark and light ground; each step is a little closer
# to the colour of the cards.
_PAPER, _INK, _SOFT, _TRACK = "#faf6ed", "#2d2621", "#6a5e53", "#f0e7d8"
_MARGIN = 0.03
_BARS = ("#dfbfa9", "#d6a183", "#cb825b", "#c0653a")


def draw(funnels: Sequence[Funnel]) -> bytes:
    """A PNG with a column for each period and a bar for each step. Blocks; call it in a thread."""
    from matplotlib.figure import Figure
    from matplotlib.transforms import blended_transform_factory

    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor=_PAPER)
    columns = figure.subplots(1, len(funnels), squeeze=False)[0]
    figure.subplots_adjust(left=0.2, right=0.99, top=0.79, bottom=0.21, wspace=0.02)
    figure.text(_MARGIN, 0.925, "How newcomers come in", color=_INK, fontsize=25, fontweight="bold", va="center")
    beside = blended_transform_factory(figure.transFigure, columns[0].transData)
    for place, step in enumerate(STEPS):
        figure.text(_MARGIN, place, step, transform=beside, color=_INK, fontsize=20, va="center_baseline")
    figure.text(_MARGIN, 0.105, "median time\nto an answer", color=_SOFT, fontsize=17, va="center", linespacing=1.25)
    for axes, funnel in zip(columns, funnels, strict=True):
        _draw_column(axes, funnel)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor=_PAPER)
    return picture.getvalue()


def _draw_column(axes: Any, funnel: Funnel) -> None:
    counts = (funnel.joined, funnel.greeted, funnel.introduced, funnel.answered)
    whole = max(*counts, 1)
    places = range(len(STEPS))
    axes.set_facecolor(_PAPER)
    axes.barh(places, [whole] * len(STEPS), height=0.62, color=_TRACK)
    axes.barh(places, counts, height=0.62, color=_BARS)
    # Room at the right for a number with six digits.
    axes.set_xlim(0, whole * 1.6)
    size = 20 if whole < 10_000 else 16
    axes.set_ylim(len(STEPS) - 0.5, -0.5)
    for place, count in zip(places, counts, strict=True):
        axes.text(whole * 1.05, place, f"{count:,}", color=_INK, fontsize=size, fontweight="bold", va="center_baseline")
    axes.set_title(f"{funnel.days} days", color=_INK, fontsize=20, loc="left", pad=10)
    axes.set_axis_off()
    wait = in_words(funnel.median_wait) if funnel.median_wait is not None else "–"
    axes.text(0, -0.18, wait, transform=axes.transAxes, color=_INK, fontsize=18, fontweight="bold", va="center")
