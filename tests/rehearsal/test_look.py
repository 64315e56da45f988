"""What the page and the blog look like: light and dark, on every width, and readable on their ground."""

import re
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.rehearsal.visitor import visiting

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_page_and_stage_have_the_colours_of_their_visitor(own_house: str, browser: Any, scheme: str):
    async with visiting(browser, own_house, color_scheme=scheme) as visitor:
        assert await visitor.page.locator(f"html[data-theme={scheme}]").count() == 1
        assert await visitor.stage.locator(f":root[data-theme={scheme}]").count() == 1
        await visitor.join()
        await visitor.done("join")
        visitor.assert_at_peace()


async def test_light_and_dark_can_be_switched_and_are_remembered(house: str, browser: Any):
    async with visiting(browser, house, color_scheme="light") as visitor:
        page = visitor.page
        paper = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        await page.get_by_role("button", name="Switch to dark colours").click()
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
        assert await visitor.stage.locator(":root[data-theme=dark]").count() == 1
        await page.reload()
        await visitor.settled()
        assert await page.locator("html[data-theme=dark]").count() == 1


@pytest.mark.parametrize("width", [1024, 1280, 1440, 1920])
async def test_nothing_sticks_out(house: str, browser: Any, width: int):
    async with visiting(browser, house, viewport={"width": width, "height": 768}) as visitor:
        assert await visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await visitor.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        stage = await visitor.page.locator("#stage").bounding_box()
        assert stage["width"] >= 500
        assert stage["height"] >= 480


async def test_words_stand_out_from_their_ground(house: str, browser: Any):
    for scheme in ("light", "dark"):
        async with visiting(browser, house, color_scheme=scheme) as visitor:
            pairs = await visitor.page.evaluate(_COLOURS)
            assert {name: ratio for name, ratio in ((n, _contrast(a, b)) for n, a, b in pairs) if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_the_blog_reads_well_by_day_by_night_and_on_a_phone(house: str, browser: Any, scheme: str, width: int):
    page = await browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in ("/blog/", "/blog/read-by-strangers", "/blog/nowhere"):
        await page.goto(urljoin(house, path))
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        pairs = await page.evaluate(_COLOURS)
        assert {name: ratio for name, ratio in ((n, _contrast(a, b)) for n, a, b in pairs) if ratio < 4.5} == {}
    await page.close()


_COLOURS = """() => {
  const ground = (e) => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$|transparent/.test(c)) return c; }
    return "rgb(255,255,255)"; };
  return [...document.querySelectorAll("h1, h1 span, h2, p, a, button, label, .mark, .name, time, .deed span, .deed q")]
    .filter((e) => e.offsetParent && e.innerText.trim() && e.getAttribute("aria-disabled") !== "true")
    .map((e) => [`${e.tagName} ${e.className} ${e.innerText.slice(0, 20)}`, getComputedStyle(e).color, ground(e)]);
}"""


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two `rgb(…)` colours."""

    def luminance(colour: str) -> float:
        red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
