"""Charts as attachments."""

import asyncio
import io
import time

from PIL import Image

from bot.ui import charts


async def test_one_chart_is_drawn_at_a_time_whoever_asks() -> None:
    under_way = most = 0

    def draw() -> bytes:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        time.sleep(0.02)
        under_way -= 1
        return b"picture"

    files = await asyncio.gather(*(charts.attached(f"{number}.png", ["**Nine** came."], draw) for number in range(4)))
    assert most == 1
    assert [(file.filename, file.description) for file in files] == [(f"{n}.png", "Nine came.") for n in range(4)]


def test_an_empty_sheet_has_its_size_and_its_ground() -> None:
    with Image.open(io.BytesIO(charts.png(charts.sheet(300, 200)))) as picture:
        assert picture.size == (300, 200)
        assert picture.convert("RGB").getpixel((0, 0)) == (0xFA, 0xF6, 0xED)
