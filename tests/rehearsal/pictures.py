"""Makes the pictures of the README: `python -m tests.rehearsal.pictures` writes data/rehearsal/pictures/*.png."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from tests.rehearsal.conftest import QUIET, find_chromium
from tests.rehearsal.theatre import rehearsal
from tests.rehearsal.visitor import Visitor, visiting

FOLDER = Path(__file__).parents[2] / "data" / "rehearsal" / "pictures"
#: Long enough for pictures of people to arrive and for the last movement to end.
STILL = 1.2
#: The stage keeps its place when a picture grows the last message.
SCROLL_TO_THE_END = """(e) => {
  for (; e; e = e.parentElement) if (/auto|scroll/.test(getComputedStyle(e).overflowY)) e.scrollTop = e.scrollHeight;
}"""

#: Who joins for the second walk, and what they tell about themselves.
NEWCOMERS: dict[str, tuple[str, str, str] | None] = {
    "Jonas": ("A podcast on bridges", "How to cut an hour down to twenty minutes", "Microphones"),
    "Priya": None,
    "Mateo": ("A cooking school in a garage", "Saying no to good ideas", "Knives, stock, and Spanish"),
    "Elif": ("Letters from Istanbul, once a week", "How to ask readers to write back", "Turkish, tea, and grammar"),
}
#: Who says hi to whom, and with whose eyes.
ANSWERED = {"Jonas": "Maya", "Mateo": "Walter · co-host"}


async def take(visitor: Visitor, name: str, *, only_stage: bool = False) -> None:
    """Keep what is on the page, or only on the stage."""
    await asyncio.sleep(STILL)
    target = visitor.page.locator("#stage") if only_stage else visitor.page
    await target.screenshot(path=FOLDER / name)


async def look_at_the_end(visitor: Visitor, words: Any) -> None:
    """Wait for words in the last message, and show all of it."""
    await words.wait_for()
    await asyncio.sleep(STILL)
    await words.evaluate(SCROLL_TO_THE_END)
    await visitor.page.mouse.move(5, 5)


async def walk(browser: Any, house: str) -> None:
    """Walk through the tour and stop for each picture."""
    async with visiting(browser, house, color_scheme="light") as visitor:
        await visitor.join("Noor")
        await take(visitor, "greeting.png", only_stage=True)
        await visitor.press("Introduce yourself")
        await visitor.introduce(
            "A book about rivers and the people who live beside them",
            "How to find readers who are not my cousins",
            "Maps, ferries, and patience",
        )
        await visitor.done("introduce")
        await visitor.go("say-hi")
        await visitor.press("Say hi")
        await visitor.done("say-hi")
        await visitor.page.mouse.move(5, 5)
        await take(visitor, "tour-light.png")
        await visitor.choose("Through the eyes of", "Noor · new")
        await take(visitor, "introduction.png", only_stage=True)
        await visitor.page.get_by_role("button", name="Switch to dark colours").click()
        await take(visitor, "tour-dark.png")
        await visitor.page.get_by_role("button", name="Switch to light colours").click()
        await visitor.page.set_viewport_size({"width": 1440, "height": 1080})
        await visitor.go("setup")
        await visitor.type_command("setup")
        await visitor.done("setup")
        await visitor.page.mouse.move(5, 5)
        await take(visitor, "setup.png", only_stage=True)


async def wait_for_answers(browser: Any, house: str) -> None:
    """Some are answered and one is not: the nudge and the statistics."""
    async with visiting(browser, house, color_scheme="light", viewport={"width": 1440, "height": 1080}) as visitor:
        for name, told in NEWCOMERS.items():
            await visitor.join(name)
            if name == "Priya":
                for _ in range(8):  # so that a week and a month differ
                    await visitor.let_pass("a day")
            if told is None:
                continue
            await visitor.press("Introduce yourself")
            await visitor.introduce(*told)
            await visitor.settled()
            if name in ANSWERED:
                await visitor.let_pass("ten minutes")
                await visitor.choose("Channel", "#introductions")
                await visitor.choose("Through the eyes of", ANSWERED[name])
                await visitor.press("Say hi")
                await visitor.settled()
                await visitor.choose("Channel", "#welcome")
        for _ in range(3):
            await visitor.let_pass("an hour")
        await visitor.done("unanswered")
        await visitor.go("unanswered")
        await visitor.page.mouse.move(5, 5)
        await take(visitor, "nudge.png", only_stage=True)
        await visitor.type_command("greeting stats")
        await look_at_the_end(visitor, visitor.stage.locator(".message-content", has_text="answered most"))
        await take(visitor, "stats.png", only_stage=True)


async def be_imitated(browser: Any, house: str) -> None:
    """Somebody looks like the host: the alert."""
    async with visiting(browser, house, color_scheme="light") as visitor:
        await visitor.join("Caro1")
        await visitor.done("impostor")
        await visitor.go("impostor")
        await visitor.stage.get_by_role("heading", name="Caro1 looks like Carol").wait_for()
        await visitor.page.mouse.move(5, 5)
        await take(visitor, "alert.png", only_stage=True)


async def publish(browser: Any, house: str) -> None:
    """A new post on the host's blog, and an answer under it."""
    async with visiting(browser, house, color_scheme="light") as visitor:
        await visitor.publish()
        await visitor.done("publish")
        await visitor.go("answer")
        await visitor.say("I did exactly this last week. Nobody laughed.")
        await visitor.done("answer")
        await visitor.page.mouse.move(5, 5)
        await take(visitor, "conversation.png", only_stage=True)
        await visitor.choose("Channel", "#blog")
        await visitor.page.mouse.move(5, 5)
        await take(visitor, "blog.png", only_stage=True)


async def offer(browser: Any, house: str) -> None:
    """A code for one who took part, a list of what is missing for one who came lately, and one's own card."""
    async with visiting(browser, house, color_scheme="light", viewport={"width": 1440, "height": 1080}) as visitor:
        await visitor.let_pass("ten minutes")
        await visitor.go("claim")
        await visitor.press("Get my code")
        await visitor.done("claim")
        await look_at_the_end(visitor, visitor.stage.get_by_text("Your code: A thank-you to this community").last)
        await take(visitor, "code.png", only_stage=True)
        await visitor.go("missing")
        await visitor.press("Get my code")
        await visitor.done("missing")
        await look_at_the_end(visitor, visitor.stage.get_by_text("Not yet: A thank-you to this community").last)
        await take(visitor, "missing.png", only_stage=True)
        await visitor.choose("Through the eyes of", "Maya")
        await visitor.type_command("me")
        await look_at_the_end(visitor, visitor.stage.get_by_text("Codes for you").last)
        await take(visitor, "me.png", only_stage=True)
        await visitor.type_command("program show")
        await look_at_the_end(visitor, visitor.stage.get_by_text("three recorded webinars", exact=False).last)
        await take(visitor, "program.png", only_stage=True)


async def hold_session(browser: Any, house: str) -> None:
    """A live Q&A: what members ask and vote for, the hosts' panel in the middle of it, and the recap."""
    async with visiting(browser, house, color_scheme="light", viewport={"width": 1440, "height": 1080}) as visitor:
        await visitor.go("vote")
        await visitor.stage.get_by_role("button", name="Upvote").first.click()
        await visitor.done("vote")
        await visitor.let_pass("ten minutes")
        await visitor.page.mouse.move(5, 5)
        await take(visitor, "questions.png", only_stage=True)
        for _ in range(2):
            await visitor.let_pass("an hour")
        await visitor.go("open")
        await visitor.done("open")
        for button, shown in (("Answer now", "taken by"), ("Next", "1 answered")):
            await visitor.press_until(button, shown)
        await look_at_the_end(visitor, visitor.stage.get_by_text("1 answered").last)
        await take(visitor, "panel.png", only_stage=True)
        await visitor.press_until("Answered", "2 answered")
        await visitor.press("Close")
        await visitor.press("Close the session")
        await visitor.done("recap")
        await visitor.go("recap")
        await look_at_the_end(visitor, visitor.stage.get_by_text("Recap: Ask Carol and Walter").last)
        await take(visitor, "recap.png", only_stage=True)


async def main(names: list[str]) -> int:
    """Take all pictures, or those of the visits with these names."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as driver:
        path = find_chromium(driver.chromium.executable_path)
        if path is None:
            sys.stderr.write("No Chromium found; `python -m playwright install chromium` fetches one.\n")
            return 1
        browser = await driver.chromium.launch(executable_path=path, args=list(QUIET))
        for visit in (walk, wait_for_answers, be_imitated, publish, offer, hold_session):
            if names and visit.__name__ not in names:
                continue
            with rehearsal() as house:
                await visit(browser, house)
        await browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
