"""The empty deck: python-pptx's own template made wide, with one layout, the charts' colours and Arial.

A theme rather than settings on each word, so that whoever edits the deck changes it in one place. Arial,
because a deck is shown on machines that have nobody's fonts.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pptx
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Slides
from pptx.util import Pt

from bot.charts.style import LIGHT
from bot.documents import look

WIDE, HIGH = 960.0, 540.0
SIDE, TOP, BOTTOM = 48.0, 34.0, 486.0
"""Points: the slide, its margin, where the words begin and where they must end."""

TITLE_TOP, FOOT = 52.0, 498.0
TITLE_SIZE = 28.0
_TITLE_ONLY = "Title Only"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can tell
_LOST = ("docProps/thumbnail.jpeg", "ppt/printerSettings/printerSettings1.bin")
_COLORS = {
    "dk2": LIGHT.muted,
    "lt2": LIGHT.band,
    "accent1": LIGHT.line,
    "accent2": LIGHT.target,
    "accent3": LIGHT.pace,
    "accent4": LIGHT.ink,
    "accent5": LIGHT.goal,
    "accent6": LIGHT.notice,
    "hlink": LIGHT.line,
    "folHlink": LIGHT.pace,
}


def rgb(color: str) -> RGBColor:
    """ "#rrggbb" as python-pptx wants it."""
    red, green, blue = look.rgb(color)
    return RGBColor(red, green, blue)  # type: ignore[no-untyped-call]


def blank() -> Slides:
    """A deck without slides, whose only layout has a title, a footer and a number."""
    slides = Presentation(_themed(Path(pptx.__file__).parent / "templates" / "default.pptx"))
    slides.slide_width, slides.slide_height = Pt(WIDE), Pt(HIGH)
    for layout in list(slides.slide_layouts):
        if layout.name != _TITLE_ONLY:
            slides.slide_layouts.remove(layout)
    _arrange(slides)
    return slides


def sealed(slides: Slides, at: datetime) -> bytes:
    """The file. The same slides are the same bytes: every date in it is `at`."""
    stamp = at.astimezone(UTC).replace(tzinfo=None)
    slides.core_properties.created = slides.core_properties.modified = stamp
    slides.core_properties.last_modified_by = "KPI Bot"
    slides.core_properties.revision = 1
    file = BytesIO()
    slides.save(file)
    return _dated(file.getvalue(), stamp)


def _dated(package: bytes, stamp: datetime) -> bytes:
    """A package whose parts bear no date, down to the workbooks of its charts."""
    moment = f"{stamp:%Y-%m-%dT%H:%M:%SZ}"
    done = BytesIO()
    with ZipFile(BytesIO(package)) as old, ZipFile(done, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name)
            if name.endswith(".xlsx"):
                body = _dated(body, stamp)
            elif name == "docProps/core.xml":
                body = re.sub(rb">\d{4}-\d\d-\d\dT[^<]*<", f">{moment}<".encode(), body)
            new.writestr(ZipInfo(name, _EPOCH), body, ZIP_DEFLATED)
    return done.getvalue()


def _themed(template: Path) -> BytesIO:
    """The template with our colours and fonts, and without the picture and the printer of who made it."""
    done = BytesIO()
    with ZipFile(template) as old, ZipFile(done, "w") as new:
        for name in old.namelist():
            if name in _LOST:
                continue
            text = old.read(name).decode()
            if name == "ppt/theme/theme1.xml":
                text = _colored(text).replace('<a:latin typeface="Calibri"/>', '<a:latin typeface="Arial"/>')
            elif name == "docProps/app.xml":
                text = text.replace("Microsoft Macintosh PowerPoint", "KPI Bot").replace(
                    "On-screen Show (4:3)", "Widescreen"
                )
            elif name.endswith(".rels"):
                text = re.sub(r"<Relationship [^>]*(?:thumbnail\.jpeg|printerSettings1\.bin)\"/>", "", text)
            new.writestr(name, text)
    done.seek(0)
    return done


def _colored(theme: str) -> str:
    for name, color in _COLORS.items():
        theme = re.sub(
            rf"<a:{name}>.*?</a:{name}>",
            f'<a:{name}><a:srgbClr val="{color[1:].upper()}"/></a:{name}>',
            theme,
            count=1,
            flags=re.DOTALL,
        )
    ink = f'<a:dk1><a:srgbClr val="{LIGHT.ink[1:].upper()}"/></a:dk1>'
    return re.sub(r"<a:dk1>.*?</a:dk1>", ink, theme, count=1, flags=re.DOTALL)


def _arrange(slides: Slides) -> None:
    """Where the placeholders of the master stand; the layout takes them from there."""
    places = {
        PP_PLACEHOLDER.TITLE: (SIDE, TITLE_TOP, WIDE - 2 * SIDE, 76.0),
        PP_PLACEHOLDER.BODY: (SIDE, 140.0, WIDE - 2 * SIDE, BOTTOM - 140),
        PP_PLACEHOLDER.DATE: (SIDE, 4.0, 150.0, 20.0),
        PP_PLACEHOLDER.FOOTER: (SIDE, FOOT, 700.0, 22.0),
        PP_PLACEHOLDER.SLIDE_NUMBER: (WIDE - SIDE - 100, FOOT, 100.0, 22.0),
    }
    for shape in slides.slide_master.placeholders:
        left, top, width, height = places[shape.placeholder_format.type]
        shape.left, shape.top, shape.width, shape.height = Pt(left), Pt(top), Pt(width), Pt(height)
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        for aligned in shape._element.iter(qn("a:lvl1pPr")):
            if shape.placeholder_format.type == PP_PLACEHOLDER.FOOTER:
                aligned.set("algn", "l")
    layout = slides.slide_layouts[0]
    for shape in list(layout.placeholders):
        if shape.placeholder_format.type == PP_PLACEHOLDER.DATE:  # a clock has no place on a slide
            shape._element.getparent().remove(shape._element)
    title = slides.slide_master._element.find(f".//{qn('p:titleStyle')}/{qn('a:lvl1pPr')}")
    title.set("algn", "l")
    words = title.find(qn("a:defRPr"))
    words.set("sz", str(round(100 * TITLE_SIZE)))
    words.set("b", "1")
    master_title = next(
        one for one in slides.slide_master.placeholders if one.placeholder_format.type == PP_PLACEHOLDER.TITLE
    )
    master_title._element.txBody.bodyPr.set("anchor", "t")
