"""Faces for made-up people: a colour and an initial each, so that one can tell them apart at a glance."""

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

_SIZE = 128
_COLOURS = ("#9a4a2f", "#45684f", "#3f5f86", "#8a6a1f", "#6d4a7c", "#2f6f73", "#a0455c", "#5c6b3a", "#7a5138")
_PAPER = "#fdf8ee"


@cache
def face(initial: str, number: int) -> bytes:
    """A PNG of one letter on the colour whose turn it is; only the colour where the font lacks the letter."""
    image = Image.new("RGB", (_SIZE, _SIZE), _COLOURS[number % len(_COLOURS)])
    font = ImageFont.load_default(64)
    if initial.isalnum() and ord(initial) < 0x250:
        ImageDraw.Draw(image).text((_SIZE / 2, _SIZE / 2), initial.upper(), fill=_PAPER, font=font, anchor="mm")
    return _png(image)


@cache
def bot_face() -> bytes:
    """A PNG of the bot's sign: two leaves of speech, drawn large and made small so that the edges are smooth."""
    big = 4 * _SIZE
    image = Image.new("RGB", (big, big), "#9a4a2f")
    draw = ImageDraw.Draw(image)
    unit = big / 32
    draw.rounded_rectangle((8 * unit, 8 * unit, 24 * unit, 17 * unit), 4.5 * unit, fill=_PAPER)
    draw.polygon([(12.5 * unit, 16 * unit), (17 * unit, 16 * unit), (12.5 * unit, 20.5 * unit)], fill=_PAPER)
    draw.rounded_rectangle((13 * unit, 19.5 * unit, 24 * unit, 24.5 * unit), 2.5 * unit, fill="#d9b7a2")
    image.thumbnail((_SIZE, _SIZE))
    return _png(image)


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
