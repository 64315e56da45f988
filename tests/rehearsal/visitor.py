"""A person at the rehearsal's page: does only what a person can do with a mouse and a keyboard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

#: Milliseconds until a person would wonder.
PATIENCE = 15_000
#: The stage takes no action while it tells the server its size.
_READY = "async () => { while (!window.simcordPreview?.ready) await new Promise((done) => setTimeout(done, 20)); }"


class Visitor:
    """One open page. `complaints` are its console's errors, `hosts` whom it spoke to."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.stage = page.frame_locator("#frame")
        self.complaints: list[str] = []
        self.hosts: set[str | None] = set()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))

    async def enter(self, house: str) -> None:
        """Open the page."""
        await self.page.goto(house)
        await self.settled()

    def assert_at_peace(self) -> None:
        """The console holds no complaint, and nobody but the house was asked for anything."""
        assert self.complaints == []
        assert self.hosts <= {"127.0.0.1", None}

    async def settled(self) -> None:
        """Wait until the stage is drawn."""
        await self.page.locator("body:not([aria-busy])").wait_for()
        await self.page.locator("#frame.shown").wait_for()
        await self.stage.locator("#preview-app[aria-busy=false]").wait_for()
        await self.stage.locator("body").evaluate(_READY)

    async def join(self, name: str | None = None, *, rules: bool = False) -> None:
        """Let someone join."""
        if name is not None:
            await self.page.get_by_label("Someone new").fill(name)
        if rules:
            await self.page.get_by_label("rules first").check()
        await self.page.get_by_role("button", name="Join", exact=True).click()
        await self.settled()

    async def go(self, step: str) -> None:
        """Press the button of a step that leads to its place, opening the step if it is not."""
        head = self.page.locator(f".head[data-step={step}]")
        if await head.get_attribute("aria-expanded") != "true":
            await head.click()
        await self.page.locator(f".go[data-step={step}]").click()
        await self.settled()

    async def done(self, step: str) -> None:
        """Wait until a step is ticked."""
        await self.page.locator(f".step.done .head[data-step={step}]").wait_for()

    async def press(self, button: str) -> None:
        """Press the last button on the stage with these words."""
        await self.stage.get_by_role("button", name=button).last.click()

    async def press_until(self, button: str, words: str) -> None:
        """Press it, and wait for what it brings."""
        await self.press(button)
        await self.stage.get_by_text(words).last.wait_for()

    async def press_above(self, button: str) -> None:
        """Press a button above the stage."""
        await self.page.get_by_role("button", name=button).click()
        await self.settled()

    async def publish(self) -> None:
        """Publish a post on the blog, and wait until the bot was sent to read it."""
        await self.page.get_by_role("region", name="Carol’s blog").get_by_role("button", name="Publish a post").click()
        await self.settled()

    async def let_pass(self, time: str) -> None:
        """Move time forward by ten minutes, an hour or a day, and wait until it has arrived."""
        deed = self.page.locator(".deed", has_text=f"Time moved forward by {time}")
        before = await deed.count()
        await self.page.get_by_role("button", name=f"Move time forward by {time}").click()
        await deed.nth(before).wait_for(timeout=240_000)
        await self.settled()

    async def form(self) -> Any:
        """The form on the stage."""
        dialog = self.stage.get_by_role("dialog")
        await dialog.wait_for()
        return dialog

    async def introduce(self, *answers: str) -> None:
        """Fill in the introduction's form and send it."""
        dialog = await self.form()
        for number, answer in enumerate(answers):
            await dialog.get_by_role("textbox").nth(number).fill(answer)
        await dialog.get_by_role("button", name="Submit").click()
        await dialog.wait_for(state="detached")

    async def type_command(self, command: str) -> None:
        """Write a slash command and send it."""
        composer = self.stage.locator("#channel-composer-input")
        await composer.click()
        await composer.press_sequentially(f"/{command}", delay=15)
        await self.stage.locator(".command-entry").first.wait_for()
        await composer.press("Enter")
        await self.stage.locator("#send-message").click()

    async def say(self, text: str) -> None:
        """Write a message."""
        composer = self.stage.locator("#channel-composer-input")
        await composer.fill(text)
        await composer.press("Enter")
        await self.stage.locator(".message-content", has_text=text).last.wait_for()

    async def choose(self, label: str, option: str) -> None:
        """Choose from one of the two lists above the stage."""
        await self.page.get_by_label(label, exact=True).select_option(label=option)
        await self.settled()


@asynccontextmanager
async def visiting(browser: Any, house: str, **options: Any) -> AsyncIterator[Visitor]:
    """A person's visit, in a browser window of their own."""
    options = {"viewport": {"width": 1440, "height": 900}, **options}
    context = await browser.new_context(**options)
    visitor = Visitor(await context.new_page())
    try:
        await visitor.enter(house)
        yield visitor
    finally:
        await context.close()
