"""The app's own places in a real browser: Home tab, messages, modal, shortcuts, menus and native charts."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from tests.bot.playground.browsing import WITH_BROWSER
from tests.bot.playground.form_bot import SHORTCUTS, form_bot
from tests.bot.playground.test_playground_charts import chart, pie, series

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("browser"),
    WITH_BROWSER,
]
PHONE = {"viewport": {"width": 390, "height": 800}}
WIDTH = (
    "Math.max(...[...document.querySelectorAll('html, .messages, .home, .modal')].map(e => e.scrollWidth))"
)


@pytest.fixture
def app_page(opened):
    """The page with the bot that has a Home tab and a form."""

    @asynccontextmanager
    async def begin(**look):
        async with opened(bot=form_bot, settings={"shortcuts": SHORTCUTS}, **look) as (page, playground):
            yield page, playground

    return begin


async def open_form(page: Page) -> None:
    await page.get_by_role("button", name="KPI", exact=True).click()
    await page.get_by_role("button", name="Record a value").click()
    await expect(page.get_by_role("dialog", name="Record a value")).to_be_visible()


async def test_home_tab_is_filled_when_it_is_opened_and_its_buttons_work(app_page):
    async with app_page() as (page, playground):
        await page.get_by_role("button", name="KPI", exact=True).click()
        await expect(page.get_by_role("tab", name="Home")).to_have_attribute("aria-selected", "true")
        home = page.get_by_role("region", name="Home")
        await expect(home.get_by_role("heading", name="Monday 23 Nov")).to_be_visible()
        await home.get_by_role("button", name="More actions").click()
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("menuitem", name="Why")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(home).to_contain_text("Chosen: Why")
        await page.reload()
        await expect(home).to_contain_text("Monday 23 Nov")
        assert playground.standin.home() is not None


async def test_messages_tab_is_a_conversation_with_the_bot(app_page):
    async with app_page() as (page, playground):
        await page.get_by_role("button", name="KPI", exact=True).click()
        await page.get_by_role("tab", name="Home").focus()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("tab", name="Messages")).to_be_focused()
        box = page.get_by_role("combobox", name="Message KPI")
        await box.fill("how many stars?")
        await box.press("Enter")
        await expect(page.get_by_role("log", name="KPI")).to_contain_text("You asked: how many stars?")
        room = playground.standin.world.direct("U0DANA").id
        assert [each["text"] for each in playground.standin.messages(room)] == [
            "how many stars?",
            "You asked: how many stars?",
        ]


async def test_form_is_filled_by_keyboard_refused_corrected_and_saved(app_page):
    async with app_page() as (page, _):
        await open_form(page)
        dialog = page.get_by_role("dialog")
        kpi = dialog.get_by_role("combobox", name="KPI")
        await expect(kpi).to_be_focused()
        await page.keyboard.type("star")
        await expect(dialog.get_by_role("option")).to_have_count(2)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(kpi).to_have_value("GitHub stars")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        value = dialog.get_by_role("textbox", name="Value")
        await expect(dialog).to_contain_text("Please complete this required field.")
        await expect(value).to_be_focused()
        await page.keyboard.type("many")
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text('"many" is no number')
        await expect(value).to_have_attribute("aria-invalid", "true")
        await value.fill("52")
        await page.keyboard.press("Enter")
        await expect(dialog).to_have_count(0)
        await expect(page.get_by_role("button", name="Record a value")).to_be_focused()
        await page.get_by_role("tab", name=re.compile("Messages.*unread")).click()
        await expect(page.get_by_role("log")).to_contain_text("Recorded GitHub stars: 52")


async def test_escape_closes_the_list_first_and_then_the_modal(app_page):
    async with app_page() as (page, playground):
        await open_form(page)
        await page.keyboard.type("star")
        await expect(page.get_by_role("option")).to_have_count(2)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("option")).to_have_count(0)
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert playground.standin.modals() == []


async def test_one_click_cancels_while_the_list_is_open(app_page):
    """The list lies over what follows: one that pushed it down would leave the click beside the button."""
    async with app_page() as (page, _):
        await open_form(page)
        await page.keyboard.type("star")
        await expect(page.get_by_role("option")).to_have_count(2)
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_modal_keeps_the_focus(app_page):
    async with app_page() as (page, _):
        await open_form(page)
        for _step in range(12):
            await page.keyboard.press("Tab")
            inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
            assert await page.evaluate(inside)


async def test_message_menu_asks_the_bot(app_page):
    async with app_page() as (page, _):
        article = page.get_by_role("article").first
        await article.hover()
        await article.get_by_role("button", name="More actions").click()
        await page.get_by_role("menuitem", name="Ask KPI").click()
        answer = page.get_by_role("article").filter(has_text="You asked about: Report")
        await expect(answer).to_contain_text("Only visible to you")


async def test_shortcut_beside_the_message_box_opens_the_form(app_page):
    async with app_page() as (page, _):
        await page.get_by_role("button", name="Shortcuts").click()
        await page.get_by_role("menuitem", name="Record a value").click()
        await expect(page.get_by_role("dialog", name="Record a value")).to_be_visible()


async def test_native_charts_are_drawn_told_and_open_as_tables(app_page):
    async with app_page() as (page, playground):
        for block in (chart(), chart(kind="bar"), chart(series("A"), series("B"), kind="area"), pie(3, 1)):
            await playground.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=[block])
        charts = page.get_by_role("img", name="chart: ")
        await expect(charts).to_have_count(4)
        await expect(charts.first).to_have_accessible_name(
            "Line chart: Stars by day. Stars from 1 (Mon) to 3 (Wed)"
        )
        await expect(charts.nth(1).locator("rect")).to_have_count(3)
        await expect(charts.nth(2).locator("path.fill")).to_have_count(2)
        await expect(page.get_by_text("part 0: 3 (75 %)")).to_be_visible()
        await page.get_by_text("Data", exact=True).first.click()
        table = page.get_by_role("region", name="Data of Stars by day").first
        await expect(table.get_by_role("row")).to_have_count(4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_phone_shows_home_and_modal_without_sideways_scrolling(app_page, scheme):
    async with app_page(color_scheme=scheme, **PHONE) as (page, playground):
        block = chart(
            series("Stars", range(20), [f"{n} November" for n in range(20)]),
            categories=[f"{n} November" for n in range(20)],
        )
        await playground.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=[block])
        await expect(page.get_by_role("img", name="chart: ")).to_be_visible()
        assert await page.evaluate(WIDTH) <= 390
        await page.get_by_role("combobox", name="Channel", exact=True).select_option("KPI (app)")
        await page.get_by_role("button", name="Record a value").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert await page.evaluate(WIDTH) <= 390


async def test_edited_message_says_so(app_page):
    async with app_page() as (page, playground):
        posted = await playground.client.chat_postMessage(channel="C0GENERAL", text="down")
        await playground.client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="up again")
        await expect(page.get_by_role("article").filter(has_text="up again")).to_contain_text("(edited)")


async def test_archived_channel_cannot_be_written_in(app_page):
    async with app_page() as (page, playground):
        playground.standin.archive("C0GENERAL")
        await expect(page.get_by_role("combobox", name="Message #general (archived)")).to_be_disabled()
