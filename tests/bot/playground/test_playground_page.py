"""The page in a real browser: seen in light and dark, by keyboard alone, and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from bot.playground.config import Limits
from tests.bot.playground.browsing import ALT, WITH_BROWSER

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("browser"),
    WITH_BROWSER,
]


async def ground(page: Page) -> str:
    return await page.evaluate("getComputedStyle(document.body).backgroundColor")


async def test_message_shows_its_words_its_chart_and_nothing_hidden(opened):
    async with opened() as (page, _):
        await expect(page).to_have_title("#general · KPI playground")
        await expect(page.get_by_role("note")).to_contain_text("stand-in for Slack")
        log = page.get_by_role("log", name="#general")
        await expect(log.get_by_role("heading", name="Signups stopped on Saturday")).to_be_visible()
        await expect(log).to_contain_text("<img src=x onerror=alert(1)>")
        await expect(log.get_by_text("Signups", exact=True)).to_have_css("font-weight", re.compile("[6-9]00"))
        await expect(log.get_by_text("@lee")).to_be_visible()
        await expect(log.get_by_role("link", name="more")).to_have_attribute("href", "https://a.test/x")
        chart = log.get_by_role("img", name=ALT)
        await expect(chart).to_be_visible()
        assert await chart.evaluate("image => image.decode().then(() => image.naturalWidth)") == 800
        await expect(log.get_by_role("table")).to_be_visible()
        assert "hidden-key" not in await page.content()


async def test_a_file_in_a_thread_is_a_card_that_saves_it(opened):
    async with opened() as (page, playground):
        root = playground.standin.messages("C0GENERAL")[0]["ts"]
        await playground.client.files_upload_v2(
            content=b"%PDF" * 400,
            filename="monthly.pdf",
            title="Monthly report",
            channel="C0GENERAL",
            thread_ts=root,
            initial_comment="The report as PDF, 5 parts.",
        )
        await page.get_by_role("button", name="2 replies").click()
        card = page.get_by_role("link", name="Download Monthly report, monthly.pdf, 2\u00a0KB")
        await expect(card).to_be_visible()
        await expect(page.get_by_text("The report as PDF, 5 parts.")).to_be_visible()
        async with page.expect_download() as saving:
            await card.click()
        assert (await saving.value).suggested_filename == "monthly.pdf"


MARKUP = [
    (
        "*bold* _it_ ~old~ `a*b*` 2*3*4",
        "<strong>bold</strong> <em>it</em> <s>old</s> <code>a*b*</code> 2*3*4",
    ),
    (
        "*<https://a.test|x>*",
        '<strong><a href="https://a.test" target="_blank" rel="noreferrer">x</a></strong>',
    ),
    ("&lt;!channel&gt; &lt;@U0LEE&gt; &amp;lt;", "&lt;!channel&gt; &lt;@U0LEE&gt; &amp;lt;"),
    ("<@U0LEE> <#C0OLD>", '<span class="mention">@lee</span> <span class="mention">#old</span>'),
    ("<!here>", '<span class="mention loud">@here</span>'),
    ("<javascript:alert(1)|x>", "x"),
    ("```\na *b*\n```", "<pre>a *b*\n</pre>"),
    ("&gt; said\nthen", "<blockquote>said</blockquote>then"),
    ("<!date^0^{nonsense}|then>", '<time datetime="1970-01-01T00:00:00.000Z" title="then">then</time>'),
    (":tada: :nonsense:", '<span role="img" aria-label="tada">🎉</span> :nonsense:'),
]


async def test_markup_is_read_as_slack_reads_it(opened):
    async with opened() as (page, playground):
        texts = [{"type": "mrkdwn", "text": text, "verbatim": True} for text, _ in MARKUP]
        blocks = [{"type": "section", "text": text} for text in texts]
        await playground.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks)
        lines = page.get_by_role("article").last.locator(".line")
        await expect(lines.last).to_contain_text("🎉")
        shown = await lines.evaluate_all("lines => lines.map(line => line.innerHTML)")
        assert shown == [html for _, html in MARKUP]


async def test_bare_names_and_addresses_are_marked_unless_verbatim(opened):
    async with opened() as (page, playground):
        text = "@everyone see https://a.test/x."
        for verbatim in (False, True):
            block = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": verbatim}}
            await playground.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=[block])
        messages = page.get_by_role("article").filter(has_text="@everyone")
        await expect(messages.first.get_by_role("link")).to_have_attribute("href", "https://a.test/x")
        await expect(messages.first.locator(".mention")).to_have_text("@everyone")
        await expect(messages.last.get_by_role("link")).to_have_count(0)


async def test_rich_text_and_markdown_are_drawn(opened):
    async with opened() as (page, playground):
        item = {
            "type": "rich_text_section",
            "elements": [{"type": "text", "text": "<b>", "style": {"bold": True}}],
        }
        rich = [item, {"type": "rich_text_list", "style": "bullet", "elements": [item, item]}]
        blocks = [{"type": "rich_text", "elements": rich}, {"type": "markdown", "text": "## Title\n\n* one"}]
        await playground.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks)
        message = page.get_by_role("article").last
        await expect(message.locator("strong", has_text="<b>")).to_have_count(3)
        await expect(message.get_by_role("heading", name="Title")).to_be_visible()


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
async def test_theme_follows_the_system_until_it_is_chosen(opened, scheme, other):
    colours = {"light": "rgb(255, 255, 255)", "dark": "rgb(26, 29, 33)"}
    async with opened(color_scheme=scheme) as (page, _):
        assert await ground(page) == colours[scheme]
        await page.get_by_role("button", name="Dark").click()
        assert await ground(page) == colours[other]
        await page.reload()
        await page.get_by_role("article").first.wait_for()
        assert await ground(page) == colours[other]


async def test_keyboard_alone_completes_and_sends_a_command(opened):
    async with opened() as (page, playground):
        box = page.get_by_role("combobox", name="Message #general")
        for _ in range(30):
            if await box.evaluate("box => box === document.activeElement"):
                break
            await page.keyboard.press("Tab")
        await expect(box).to_be_focused()
        await page.keyboard.type("/k")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("option")).to_have_count(2)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("option")).to_have_count(0)
        await page.keyboard.type("g")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("option")).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Enter")
        await expect(box).to_have_value("/kpi gate phase1")
        await page.keyboard.press("Enter")
        answer = page.get_by_role("article").filter(has_text="You said gate phase1")
        await expect(answer).to_contain_text("Only visible to you")
        await expect(box).to_have_value("")
        assert [message["text"] for message in playground.standin.messages("C0GENERAL")][:1] == ["Report"]


async def test_button_press_reaches_the_bot_and_its_post_appears(opened):
    async with opened() as (page, _):
        await page.get_by_role("combobox").fill("/kpi stars")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("button", name="Share").click()
        await expect(page.get_by_role("article").filter(has_text="Shared: stars")).to_contain_text("1 reply")


async def test_thread_opens_answers_and_closes_with_escape(opened):
    async with opened() as (page, playground):
        link = page.get_by_role("button", name="1 reply")
        await link.click()
        thread = page.get_by_role("complementary", name="Thread")
        await expect(thread.get_by_role("article")).to_have_count(2)
        await expect(page.get_by_role("log", name="#general")).not_to_contain_text("Table of all")
        await expect(thread.get_by_role("combobox")).to_be_focused()
        await page.keyboard.type("thanks")
        await page.keyboard.press("Enter")
        await expect(thread.get_by_role("article")).to_have_count(3)
        assert playground.standin.messages("C0GENERAL")[-1]["text"] == "thanks"
        await page.keyboard.press("Escape")
        await expect(thread).to_have_count(0)
        await expect(page.get_by_role("button", name="2 replies")).to_be_focused()


async def test_phone_is_one_column_with_a_channel_switcher(opened):
    async with opened(viewport={"width": 360, "height": 700}) as (page, _):
        width = "Math.max(...[...document.querySelectorAll('html, .messages')].map(each => each.scrollWidth))"
        assert await page.evaluate(width) == 360
        await page.get_by_role("button", name="1 reply").click()
        assert await page.evaluate(width) <= 360
        await page.get_by_role("button", name="Close thread").click()
        await expect(page.get_by_role("navigation")).to_be_hidden()
        await page.get_by_role("combobox", name="Channel", exact=True).select_option("#finance")
        await expect(page.get_by_role("log")).to_contain_text("This is the start of #finance")
        await expect(page).to_have_title("#finance · KPI playground")


async def test_late_bot_shows_slacks_own_error(opened):
    settings = {"limits": Limits(ack_seconds=0.05)}
    async with opened(ack_delay=0.08, settings=settings) as (page, _):
        await page.get_by_role("combobox").fill("/kpi stars")
        await page.keyboard.press("Enter")
        error = page.get_by_role("article").filter(has_text="operation_timeout")
        await expect(error).to_contain_text('/kpi failed with the error "operation_timeout"')


async def test_lost_stream_comes_back_with_what_was_missed(opened):
    async with opened() as (page, playground):
        playground.standin.world.feed.drop()
        await expect(page.get_by_role("status")).to_have_text("The connection is lost. Trying again…")
        await playground.client.chat_postMessage(channel="C0GENERAL", text="posted meanwhile")
        await expect(page.get_by_role("article").filter(has_text="posted meanwhile")).to_be_visible()
        await expect(page.get_by_role("status")).to_have_text("")


async def test_unread_channel_is_marked_until_it_is_opened(opened):
    async with opened() as (page, playground):
        await playground.client.chat_postMessage(channel="G0FINANCE", text="MRR is up")
        await page.get_by_role("button", name=re.compile("finance.*unread")).click()
        await expect(page.get_by_role("log")).to_contain_text("MRR is up")
        await expect(page.get_by_role("button", name=re.compile("unread"))).to_have_count(0)
