"""The chart of a discount, as a picture: how far members came, day by day, and what kept the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.ui.charts import BARS, INK, PAPER, SOFT, TRACK, png, sheet

#: The picture's size in pixels.
WIDTH, HEIGHT = 1200, 800
#: What fits on it.
MOST_DAYS, MOST_BLOCKING = 60, 5


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: steps with their numbers, claims and redemptions by day, and how many each condition kept."""

    title: str
    steps: Sequence[tuple[str, int]]
    days: Sequence[tuple[date, int, int]]
    blocking: Sequence[tuple[str, int]]


def draw(picture: Picture) -> bytes:
    """A PNG. Blocks; call it in a thread."""
    figure = sheet(WIDTH, HEIGHT)
    # A title may have signs that matplotlib would read as a formula.
    figure.text(0.03, 0.945, picture.title, color=INK, fontsize=24, fontweight="bold", va="center", parse_math=False)
    _draw_bars(figure.add_axes((0.14, 0.5, 0.34, 0.34)), "How far members came", picture.steps, BARS)
    _draw_blocking(figure.add_axes((0.53, 0.5, 0.44, 0.34)), picture.blocking[:MOST_BLOCKING])
    _draw_days(figure.add_axes((0.06, 0.09, 0.91, 0.26)), picture.days[-MOST_DAYS:])
    return png(figure)


def _draw_bars(axes: Any, title: str, rows: Sequence[tuple[str, int]], colours: Sequence[str]) -> None:
    whole = max((count for _, count in rows), default=0) or 1
    places = range(len(rows))
    axes.barh(places, [whole] * len(rows), height=0.62, color=TRACK)
    axes.barh(places, [count for _, count in rows], height=0.62, color=list(colours)[-len(rows) :])
    axes.set_xlim(0, whole * 1.4)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    for place, (label, count) in zip(places, rows, strict=True):
        axes.text(whole * 1.04, place, f"{count:,}", color=INK, fontsize=16, fontweight="bold", va="center_baseline")
        axes.text(-whole * 0.04, place, label, color=INK, fontsize=15, ha="right", va="center_baseline")
    _finish(axes, title)


def _draw_blocking(axes: Any, rows: Sequence[tuple[str, int]]) -> None:
    title = "What kept those without a code"
    whole = max((count for _, count in rows), default=0) or 1
    axes.set_xlim(0, whole * 1.25)
    axes.set_ylim(MOST_BLOCKING - 0.5, -0.5)
    if not rows:
        axes.text(0, 0, "Nobody was kept.", color=SOFT, fontsize=15, va="center_baseline")
    for place, (label, count) in enumerate(rows):
        axes.barh([place + 0.14], [whole], height=0.36, color=TRACK)
        axes.barh([place + 0.14], [count], height=0.36, color=BARS[2])
        told = axes.text(0, place - 0.27, label, color=INK, fontsize=13, va="center_baseline", parse_math=False)
        _cut(told, axes.bbox.width)
        axes.text(whole * 1.04, place + 0.14, f"{count:,}", color=INK, fontsize=15, fontweight="bold", va="center")
    _finish(axes, title)


def _draw_days(axes: Any, days: Sequence[tuple[date, int, int]]) -> None:
    places = range(len(days))
    axes.bar([place - 0.2 for place in places], [claimed for _, claimed, _ in days], 0.4, color=BARS[3])
    axes.bar([place + 0.2 for place in places], [redeemed for _, _, redeemed in days], 0.4, color=BARS[0])
    highest = max((max(claimed, redeemed) for _, claimed, redeemed in days), default=0) or 1
    axes.set_ylim(0, highest * 1.15)
    axes.set_xlim(-0.8, max(len(days), 7) - 0.2)
    # As many dates as stand side by side without touching.
    every = max(1, -(-len(days) // 12))
    for place in range(0, len(days), every):
        day = days[place][0]
        axes.text(place, -highest * 0.08, f"{day:%b} {day.day}", color=SOFT, fontsize=12, ha="center", va="top")
    axes.text(-0.8, highest * 1.05, f"{highest:,}", color=SOFT, fontsize=12, va="center")
    axes.axhline(0, color=SOFT, linewidth=0.8)
    _finish(axes, "Day by day: claimed (dark) and redeemed (light)")


def _finish(axes: Any, title: str) -> None:
    axes.set_facecolor(PAPER)
    axes.set_title(title, color=SOFT, fontsize=16, loc="left", pad=8)
    axes.set_axis_off()


def _cut(text: Any, width: float) -> None:
    """Cut a text that is drawn wider than so many pixels: a role may be called by a hundred wide letters."""
    kept = text.get_text()
    while text.get_window_extent().width > width:
        kept = kept[:-1].rstrip()
        text.set_text(f"{kept}…")
