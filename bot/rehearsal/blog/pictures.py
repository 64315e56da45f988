"""Pictures for posts: hills in some light, and bubbles on their way over them, one of which has opened."""

import math
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from random import Random
from typing import Literal

from PIL import Image, ImageColor, ImageDraw

Light = Literal["dawn", "meadow", "sea", "dusk"]
WIDTH, HEIGHT = 1200, 480
#: Drawn larger and made smaller, so that the edges are smooth.
_FINER = 2


@dataclass(frozen=True, slots=True)
class _Palette:
    above: str
    below: str
    sun: str
    hills: tuple[str, str, str]


_PALETTES: dict[Light, _Palette] = {
    "dawn": _Palette("#f4dec4", "#faf0de", "#e28a60", ("#d6aa8c", "#b67052", "#7a3e2c")),
    "meadow": _Palette("#d6e2d6", "#f6f3e2", "#ecc470", ("#b0c2a0", "#769270", "#405c46")),
    "sea": _Palette("#c4d8e2", "#f0eee2", "#f4d49e", ("#98b6c4", "#5e869c", "#30526a")),
    "dusk": _Palette("#483e5c", "#dea082", "#f6d096", ("#926878", "#5e4460", "#30263c")),
}


@cache
def draw(light: Light, seed: str) -> bytes:
    """A PNG, the same one for the same light and seed."""
    chance, palette = Random(seed), _PALETTES[light]
    width, height = WIDTH * _FINER, HEIGHT * _FINER
    image = _sky(palette, width, height)
    pen = ImageDraw.Draw(image, "RGBA")
    _sun(pen, palette, chance, width, height)
    for layer, colour in enumerate(palette.hills):
        _hill(pen, colour, chance, width, height * (0.62 + 0.13 * layer), height)
    _bubbles(pen, chance, width, height)
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    file = BytesIO()
    small.save(file, "PNG")
    return file.getvalue()


def _sky(palette: _Palette, width: int, height: int) -> Image.Image:
    """Two colours, one fading into the other."""
    fade = Image.linear_gradient("L").resize((width, height))
    above, below = (Image.new("RGB", (width, height), colour) for colour in (palette.above, palette.below))
    return Image.composite(below, above, fade)


def _sun(pen: ImageDraw.ImageDraw, palette: _Palette, chance: Random, width: int, height: int) -> None:
    x, y, radius = width * chance.uniform(0.62, 0.82), height * chance.uniform(0.34, 0.46), height * 0.15
    for halo, clear in ((1.7, 26), (1.3, 44), (1.0, 255)):
        reach = radius * halo
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=(*ImageColor.getrgb(palette.sun)[:3], clear))


def _hill(pen: ImageDraw.ImageDraw, colour: str, chance: Random, width: int, top: float, bottom: int) -> None:
    phase, waves, rise = chance.uniform(0, 2 * math.pi), chance.uniform(0.8, 1.7), bottom * 0.075
    ridge = [
        (x, top + rise * math.sin(phase + waves * 2 * math.pi * x / width) + rise * 0.4 * math.sin(phase * 3 + x / 190))
        for x in range(0, width + 12, 12)
    ]
    pen.polygon([*ridge, (width + 12, bottom), (0, bottom)], fill=colour)


def _bubbles(pen: ImageDraw.ImageDraw, chance: Random, width: int, height: int) -> None:
    for turn in range(7):
        x, y = width * (0.08 + 0.075 * turn), height * chance.uniform(0.16, 0.62)
        radius = height * chance.uniform(0.028, 0.085)
        box = (x - radius, y - radius, x + radius, y + radius)
        open_at = chance.uniform(280, 330) if turn == 4 else None
        if open_at is None:
            pen.ellipse(box, fill=(255, 255, 255, 46), outline=(255, 255, 255, 190), width=2 * _FINER)
        else:
            pen.arc(box, open_at + 50, open_at + 360, fill=(255, 255, 255, 220), width=2 * _FINER)
