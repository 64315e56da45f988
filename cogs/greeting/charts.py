"""The chart of newcomers, as a picture."""

from collections.abc import Sequence
from typing import Any

from bot.greeting.answer_rules import Funnel, in_words
from bot.ui.charts import BARS, INK, PAPER, SOFT, TRACK, png, sheet

STEPS = ("joined", "greeted", "introduced", "answered")
#: The picture's size in pixels.
WIDTH, HEIGHT = 1200, 600
_MARGIN = 0.03


def draw(funnels: Sequence[Funnel]) -> bytes:
    """A PNG with a column for each period and a bar for each step. Blocks; call it in a thread."""
    from matplotlib.transforms import blended_transform_factory

    figure = sheet(WIDTH, HEIGHT)
    columns = figure.subplots(1, len(funnels), squeeze=False)[0]
    figure.subplots_adjust(left=0.2, right=0.99, top=0.79, bottom=0.21, wspace=0.02)
    figure.text(_MARGIN, 0.925, "How newcomers come in", color=INK, fontsize=25, fontweight="bold", va="center")
    beside = blended_transform_factory(figure.transFigure, columns[0].transData)
    for place, step in enumerate(STEPS):
        figure.text(_MARGIN, place, step, transform=beside, color=INK, fontsize=20, va="center_baseline")
    figure.text(_MARGIN, 0.105, "median time\nto an answer", color=SOFT, fontsize=17, va="center", linespacing=1.25)
    for axes, funnel in zip(columns, funnels, strict=True):
        _draw_column(axes, funnel)
    return png(figure)


def _draw_column(axes: Any, funnel: Funnel) -> None:
    counts = (funnel.joined, funnel.greeted, funnel.introduced, funnel.answered)
    whole = max(*counts, 1)
    places = range(len(STEPS))
    axes.set_facecolor(PAPER)
    axes.barh(places, [whole] * len(STEPS), height=0.62, color=TRACK)
    axes.barh(places, counts, height=0.62, color=BARS)
    # Room at the right for a number with six digits.
    axes.set_xlim(0, whole * 1.6)
    size = 20 if whole < 10_000 else 16
    axes.set_ylim(len(STEPS) - 0.5, -0.5)
    for place, count in zip(places, counts, strict=True):
        axes.text(whole * 1.05, place, f"{count:,}", color=INK, fontsize=size, fontweight="bold", va="center_baseline")
    axes.set_title(f"{funnel.days} days", color=INK, fontsize=20, loc="left", pad=10)
    axes.set_axis_off()
    wait = in_words(funnel.median_wait) if funnel.median_wait is not None else "–"
    axes.text(0, -0.18, wait, transform=axes.transAxes, color=INK, fontsize=18, fontweight="bold", va="center")
