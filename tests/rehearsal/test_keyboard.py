"""The rehearsal without a mouse: by keyboard, by touch and by ear, and the commands of a message in every way."""

from typing import Any

import pytest

from tests.rehearsal.visitor import visiting

pytestmark = pytest.mark.browser


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
        visitor.assert_at_peace()


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
        visitor.assert_at_peace()


async def test_a_right_click_on_a_message_offers_its_commands(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor:
        await visitor.choose("Channel", "#lounge")
        await visitor.stage.locator(".message-content", has_text="Tea in Accra").click(button="right")
        menu = visitor.page.get_by_role("dialog")
        assert "Tea in Accra" in await menu.inner_text()
        await menu.get_by_role("button", name="Mark as helpful").click()
        await visitor.stage.get_by_text("Kofi was helpful").last.wait_for()
        assert await menu.is_hidden()
        visitor.assert_at_peace()


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
        visitor.assert_at_peace()


async def test_the_commands_of_a_message_can_be_touched(own_house: str, browser: Any):
    async with visiting(browser, own_house, has_touch=True, is_mobile=True) as visitor:
        await visitor.choose("Channel", "#lounge")
        tools = visitor.stage.locator(".message-context-actions").first
        assert await tools.evaluate("tools => getComputedStyle(tools).opacity") == "1"
        await visitor.stage.get_by_role("button", name="Commands for this message").first.tap()
        await visitor.page.get_by_role("button", name="Mark as helpful").tap()
        await visitor.stage.get_by_text("Kofi was helpful").last.wait_for()
        visitor.assert_at_peace()


async def test_the_screen_reader_hears_what_the_bot_did(own_house: str, browser: Any):
    async with visiting(browser, own_house) as visitor:
        await visitor.join("Noor")
        await visitor.page.locator("#spoken", has_text="Tribekeeper posted in #welcome").wait_for(state="attached")
