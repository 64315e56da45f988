"""The rehearsal as a person meets it, in a real headless Chromium."""

import re
import time
from statistics import median
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.rehearsal.visitor import Visitor, visiting

pytestmark = pytest.mark.browser

ANSWERS = ("A book about rivers", "How to read my own drafts", "Maps, ferries, patience")


def assert_at_peace(visitor: Visitor) -> None:
    assert visitor.complaints == []
    assert visitor.hosts <= {"127.0.0.1", None}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_page_and_stage_have_the_colours_of_their_visitor(own_house: str, browser: Any, scheme: str):
    async with visiting(browser, own_house, color_scheme=scheme) as visitor:
        assert await visitor.page.locator(f"html[data-theme={scheme}]").count() == 1
        assert await visitor.stage.locator(f":root[data-theme={scheme}]").count() == 1
        await visitor.join()
        await visitor.done("join")
        assert_at_peace(visitor)


async def test_the_whole_tour_can_be_walked(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor:
        page = visitor.page

        await visitor.join()
        await visitor.done("join")
        await visitor.stage.locator(".mention", has_text="@Noor").wait_for()

        await visitor.go("introduce")
        await visitor.press("Introduce yourself")
        await visitor.introduce(*ANSWERS)
        await visitor.done("introduce")

        await visitor.go("say-hi")
        await visitor.press("Say hi")
        await visitor.done("say-hi")
        await page.locator(".deed", has_text="opened a thread in #introductions").wait_for()

        await visitor.go("ask")
        await visitor.press("Ask a question")
        form = await visitor.form()
        await form.get_by_role("textbox").first.fill("Which of your posts was the hardest to write?")
        await form.get_by_role("button", name="Submit").click()
        await visitor.done("ask")
        await visitor.go("vote")
        await visitor.stage.get_by_role("button", name="Upvote").first.click()
        await visitor.done("vote")

        await visitor.join(rules=True)
        await page.get_by_role("button", name="Accept the rules").click()
        await visitor.done("rules")

        await visitor.go("introduce")
        await visitor.press("Introduce yourself")
        await visitor.introduce(*ANSWERS)
        for _ in range(2):
            await visitor.let_pass("an hour")
        await visitor.go("open")
        await visitor.done("open")
        for button, shown in (("Answer now", "taken by"), ("Next", "1 answered"), ("Answered", "2 answered")):
            await visitor.press_until(button, shown)
        await visitor.done("lead")
        await visitor.press("Close")
        await visitor.press("Close the session")
        await visitor.done("recap")
        await visitor.go("recap")
        await visitor.stage.get_by_text("Recap: Ask Carol and Walter").last.wait_for()
        await visitor.let_pass("an hour")
        await visitor.done("unanswered")
        await visitor.publish()
        await page.locator(".deed", has_text="Carol published").wait_for()

        await visitor.join("Caro1")
        await visitor.done("impostor")
        await visitor.go("impostor")
        await visitor.stage.get_by_role("heading", name="Caro1 looks like Carol").wait_for()
        await visitor.press_until("This is fine", "says: this is fine")

        await visitor.go("privacy")
        await visitor.type_command("privacy export")
        await visitor.stage.get_by_text("everything I keep about you here").last.wait_for()
        await visitor.type_command("privacy delete")
        await visitor.press("Delete everything")
        await visitor.done("privacy")

        await visitor.go("claim")
        await visitor.press("Get my code")
        await visitor.done("claim")
        await visitor.stage.get_by_text("SOCIAL").last.wait_for()
        await visitor.go("missing")
        await visitor.press("Get my code")
        await visitor.done("missing")
        await visitor.stage.get_by_text("1 more day").last.wait_for()

        await visitor.go("setup")
        await visitor.type_command("setup")
        await visitor.done("setup")

        await visitor.go("words")
        await visitor.type_command("greeting edit")
        form = await visitor.form()
        await form.get_by_role("textbox").fill("Hello {mention}! The kettle is on.")
        await form.get_by_role("button", name="Submit").click()
        await visitor.done("words")

        assert await page.locator("#closing").is_hidden()
        await page.get_by_role("button", name="Restart the bot").click()
        await page.locator(".deed", has_text="The bot was restarted").wait_for()
        await visitor.settled()
        await visitor.go("restart")
        await visitor.press("Introduce yourself")
        await visitor.done("restart")
        await visitor.publish()
        await visitor.done("publish")
        await visitor.go("answer")
        await visitor.say("A parcel, once.")
        await visitor.done("answer")
        for _ in range(2):
            await visitor.let_pass("a day")
        await visitor.done("deadline")
        await visitor.go("deadline")
        await visitor.stage.get_by_text("This is over.").last.wait_for()
        assert await page.locator("#tour-count").inner_text() == "20 of 20"
        await page.locator("#closing").wait_for()
        assert_at_peace(visitor)


async def test_a_post_is_published_and_can_be_read(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor:
        page = visitor.page
        panel = page.get_by_role("region", name="Carol’s blog")
        assert await panel.locator(".count").inner_text() == "3 posts"
        await visitor.publish()
        deed = page.locator(".deed", has_text="Carol published “The first stranger who answers” on the blog")
        await deed.wait_for()
        assert await page.locator("#channel option:checked").inner_text() == "#blog"
        assert await panel.locator(".count").inner_text() == "4 posts"
        assert await panel.locator("#blog-newest").inner_text() == "The first stranger who answers"

        async with page.expect_popup() as opened:
            await panel.get_by_role("link", name="Open the blog").click()
        blog = await opened.value
        blog.on("console", lambda line: visitor.complaints.append(line.text) if line.type == "error" else None)
        await blog.get_by_role("link", name="The first stranger who answers").click()
        await blog.get_by_text("Answer the first stranger as if you had been waiting for them.").wait_for()
        assert await blog.locator("img").evaluate("async (e) => { await e.decode(); return e.naturalWidth; }") == 1200
        assert await blog.evaluate("getComputedStyle(document.body).maxWidth") != "none"
        assert_at_peace(visitor)


async def test_a_post_can_be_published_with_the_keyboard_alone(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor:
        page = visitor.page
        await page.locator("#publish").focus()
        await page.keyboard.press("Enter")
        await page.locator(".deed", has_text="Carol published").wait_for()
        await visitor.settled()
        assert await page.evaluate("document.activeElement.id") == "publish"
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.id") == "open-blog"
        assert_at_peace(visitor)


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


async def test_someone_can_join_with_the_keyboard_alone(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor:
        page = visitor.page

        async def tab_to(selector: str) -> None:
            for _ in range(60):
                if await page.evaluate("s => document.activeElement?.matches(s)", selector):
                    return
                await page.keyboard.press("Tab")
            raise AssertionError(f"the Tab key never reaches {selector}")

        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await tab_to("#name")
        await page.keyboard.press("ControlOrMeta+a")
        await page.keyboard.type("Ana Lucía")
        await tab_to("#rules")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.locator("#accept").wait_for()
        await tab_to("#accept")
        ring = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid"
        await page.keyboard.press("Enter")
        await visitor.done("rules")
        assert "Ana Lucía" in await page.locator("#viewer option:checked").inner_text()
        assert_at_peace(visitor)


async def test_the_keyboard_reaches_every_control(house: str, browser: Any):
    async with visiting(browser, house) as visitor:
        page = visitor.page
        reached: set[str] = set()
        for _ in range(80):
            await page.keyboard.press("Tab")
            reached.add(await page.evaluate("(e => e.id || e.dataset.jump || e.dataset.step)(document.activeElement)"))
        wanted = {"theme", "channel", "viewer", "10", "60", "1440", "name", "another-name", "rules", "restart", "join"}
        assert wanted | {"say-hi", "frame", "publish", "open-blog", "activity"} <= reached | {"join"}
        for control in await page.locator("button, select, input").all():
            name = await control.evaluate("e => e.ariaLabel || e.labels?.[0]?.innerText || e.innerText || e.title")
            assert name.strip()


async def test_a_right_click_on_a_message_offers_its_commands(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor:
        await visitor.choose("Channel", "#lounge")
        await visitor.stage.locator(".message-content", has_text="Tea in Accra").click(button="right")
        menu = visitor.page.get_by_role("dialog")
        assert "Tea in Accra" in await menu.inner_text()
        await menu.get_by_role("button", name="Mark as helpful").click()
        await visitor.stage.get_by_text("Kofi was helpful").last.wait_for()
        assert await menu.is_hidden()
        assert_at_peace(visitor)


async def test_the_commands_of_a_message_need_no_mouse_and_may_open_a_form(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor:
        page = visitor.page
        await visitor.choose("Channel", "#lounge")
        await visitor.choose("Through the eyes of", "Maya")
        await visitor.say("Why do rivers meander so much?")
        button = visitor.stage.get_by_role("button", name="Commands for this message").last
        menu = page.get_by_role("dialog")
        await button.focus()
        await page.keyboard.press("Enter")
        await menu.wait_for()
        await page.keyboard.press("Escape")
        await menu.wait_for(state="hidden")
        await visitor.stage.locator(".menu-button:focus").wait_for()
        await page.keyboard.press("Enter")
        await menu.wait_for()
        assert await page.evaluate("document.activeElement.textContent") == "Ask in the next Q&A"
        await page.keyboard.press("Enter")
        form = await visitor.form()
        assert await form.get_by_role("textbox").first.input_value() == "Why do rivers meander so much?"
        await form.get_by_role("button", name="Submit").click()
        await visitor.stage.get_by_text("You have 2 more questions").last.wait_for()
        await visitor.done("ask")
        assert_at_peace(visitor)


async def test_the_commands_of_a_message_can_be_touched(own_house: str, browser: Any):
    async with visiting(browser, own_house, has_touch=True, is_mobile=True) as visitor:
        await visitor.choose("Channel", "#lounge")
        tools = visitor.stage.locator(".message-context-actions").first
        assert await tools.evaluate("tools => getComputedStyle(tools).opacity") == "1"
        await visitor.stage.get_by_role("button", name="Commands for this message").first.tap()
        await visitor.page.get_by_role("button", name="Mark as helpful").tap()
        await visitor.stage.get_by_text("Kofi was helpful").last.wait_for()
        assert_at_peace(visitor)


async def test_the_screen_reader_hears_what_the_bot_did(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor:
        await visitor.join("Noor")
        await visitor.page.locator("#spoken", has_text="Tribekeeper posted in #welcome").wait_for(state="attached")


async def test_the_stage_changes_by_itself_when_time_brings_something(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor, visiting(browser, own_house) as other:
        await other.join("Noor")
        await other.choose("Through the eyes of", "Walter · co-host")
        await visitor.settled()
        await visitor.stage.locator(".mention", has_text="@Noor").wait_for()
        await other.say("Good morning!")
        await visitor.stage.locator(".message-content", has_text="Good morning!").wait_for()
        await visitor.page.locator(".deed", has_text="Walter wrote in #welcome").wait_for()


async def test_a_day_passes_in_front_of_your_eyes(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor:
        page = visitor.page
        day = await page.locator("#clock-day").inner_text()
        await page.get_by_role("button", name="Move time forward by a day").click()
        await page.locator(".deed", has_text="Time moved forward by a day").wait_for(timeout=240_000)
        assert await page.locator("#clock-day").inner_text() != day
        assert await page.locator("#passing").is_hidden()
        assert_at_peace(visitor)


@pytest.mark.parametrize("name", ["@everyone", "<img src=x onerror=alert(1)>", "a" * 32])
async def test_any_name_is_only_ever_text(own_house: str, browser: Any, name: str):
    async with visiting(browser, own_house) as visitor:
        page = visitor.page
        page.on("dialog", lambda _dialog: visitor.complaints.append("a dialog opened"))
        await visitor.join(name)
        await visitor.done("join")
        await page.locator(".deed", has_text=f"{name} joined").wait_for()
        assert await page.locator("main img").count() == 0
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert_at_peace(visitor)


async def test_a_name_that_cannot_be_is_told_beside_its_field_and_stays(house: str, browser: Any):
    async with visiting(browser, house) as visitor:
        await visitor.join("x" * 33)
        trouble = visitor.page.locator("#name-trouble")
        assert await trouble.inner_text() == "That name has 33 characters; Discord takes at most 32."
        field = visitor.page.get_by_label("Someone new")
        assert await field.input_value() == "x" * 33
        assert await field.get_attribute("aria-invalid") == "true"


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


async def test_the_hundred_and_fiftieth_action_is_as_quick_as_the_first(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor:
        page = visitor.page
        took: list[float] = []
        for turn in range(30):
            for act in (
                visitor.join(f"Guest {turn}", rules=turn % 2 == 1),
                visitor.choose("Through the eyes of", "Maya"),
                visitor.say(f"Good to see you, guest {turn}."),
                visitor.choose("Channel", "#lounge"),
                visitor.press_above("Move time forward by ten minutes"),
            ):
                began = time.perf_counter()
                await act
                took.append(time.perf_counter() - began)
        first, last = median(took[5:30]), median(took[-25:])
        assert last < 3 * first, f"an action took {first:.2f} s at first and {last:.2f} s in the end"
        assert await page.locator(".deed").count() <= 200
        assert_at_peace(visitor)
