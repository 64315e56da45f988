"""The rehearsal as a person meets it, in a real headless Chromium."""

import time
from statistics import median
from typing import Any

import pytest

from tests.rehearsal.visitor import visiting

pytestmark = pytest.mark.browser

ANSWERS = ("A book about rivers", "How to read my own drafts", "Maps, ferries, patience")


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
        visitor.assert_at_peace()


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
        visitor.assert_at_peace()


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
        visitor.assert_at_peace()


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
        visitor.assert_at_peace()


async def test_a_name_that_cannot_be_is_told_beside_its_field_and_stays(house: str, browser: Any):
    async with visiting(browser, house) as visitor:
        await visitor.join("x" * 33)
        trouble = visitor.page.locator("#name-trouble")
        assert await trouble.inner_text() == "That name has 33 characters; Discord takes at most 32."
        field = visitor.page.get_by_label("Someone new")
        assert await field.input_value() == "x" * 33
        assert await field.get_attribute("aria-invalid") == "true"


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
        visitor.assert_at_peace()
