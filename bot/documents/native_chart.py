"""Puts a `NativeChart` on a slide: PowerPoint's own chart, with its numbers in a workbook inside."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_MARK,
)
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.shapes.graphfrm import GraphicFrame
from pptx.slide import Slide
from pptx.util import Pt

from bot.charts.scales import value_range, value_ticks
from bot.charts.style import LIGHT
from bot.documents.deck_template import rgb
from bot.documents.figures import NativeChart, Series
from bot.documents.wrapping import legal
from bot.languages import spoken

_SMALL = 14
_SLACK = 1e-9
_LONGEST_NAME = 48  # of a series, in the legend
_KINDS = {
    "line": XL_CHART_TYPE.LINE,
    "bar": XL_CHART_TYPE.BAR_CLUSTERED,
    "column": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "stacked": XL_CHART_TYPE.COLUMN_STACKED,
}
_STEPS = (  # up to so many days: a mark every so often, and how it is written
    (10, 1, "days", "d mmm"),
    (62, 7, "days", "d mmm"),
    (300, 1, "months", "mmm"),
    (800, 3, "months", "mmm yyyy"),
    (10**6, 1, "years", "yyyy"),
)
_LOCALES = {"en": "[$-809]", "de": "[$-407]"}  # whose names of months: else those of who looks
_GAP = {"bar": 45, "column": 60, "stacked": 40}  # between bars, percent of their width


def put(slide: Slide, chart: NativeChart, box: tuple[float, float, float, float]) -> GraphicFrame:
    """The chart into a box of points: left, top, width, height."""
    data: Any = CategoryChartData(number_format=chart.number_format)  # type: ignore[no-untyped-call]
    data.categories = [legal(one) if isinstance(one, str) else one for one in chart.categories]
    for series in chart.series:
        data.add_series(_short(series.name), series.values)
    shapes: Any = slide.shapes
    frame: GraphicFrame = shapes.add_chart(_KINDS[chart.kind], *map(Pt, box), data)
    drawn: Any = frame.chart
    drawn.font.size = Pt(_SMALL)
    drawn.font.color.rgb = rgb(LIGHT.muted)
    drawn.has_title = False
    _axes(drawn, chart)
    _legend(drawn, chart)
    for series, plotted in zip(chart.series, drawn.plots[0].series, strict=True):
        (_line if chart.kind == "line" else _bars)(plotted, series)
        _label(plotted, series, chart)
    if chart.kind != "line":
        drawn.plots[0].gap_width = _GAP[chart.kind]
        drawn.plots[0].overlap = 100 if chart.kind == "stacked" else -5 if len(chart.series) > 1 else 0
    return frame


def _short(name: str) -> str:
    name = legal(name)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def _axes(drawn: Any, chart: NativeChart) -> None:
    values, names = drawn.value_axis, drawn.category_axis
    values.has_major_gridlines = True
    values.major_gridlines.format.line.color.rgb = rgb(LIGHT.grid)
    values.format.line.fill.background()
    values.major_tick_mark = names.major_tick_mark = XL_TICK_MARK.NONE
    values.tick_labels.number_format = chart.number_format
    values.tick_labels.number_format_is_linked = False
    names.has_major_gridlines = False
    names.format.line.color.rgb = rgb(LIGHT.pace)
    if chart.kind == "line":
        _calendar(names, chart)
        _bound(values, chart)
        return
    if all((value or 0) >= 0 for series in chart.series for value in series.values):
        values.minimum_scale = 0
    if chart.top is not None:
        values.maximum_scale = chart.top
    if chart.kind == "bar":
        names.reverse_order = True  # the first row on top
        _skip(names, 1)  # every row has its name, however many there are
        values.visible = False  # each bar has its number
        values.has_major_gridlines = chart.rule is not None
        values.major_unit = chart.rule
    else:
        names.tick_labels.offset = 20


def _bound(axis: Any, chart: NativeChart) -> None:
    """The lines fill the axis, as in the picture: PowerPoint would begin most of them at zero."""
    known = np.array(
        [value for series in chart.series for value in series.values if value is not None], float
    )
    if not known.size:
        return
    low, high = value_range(known, np.empty(0))
    _, step = value_ticks(low, high, is_whole=False)
    axis.minimum_scale, axis.maximum_scale = (
        step * math.floor(low / step + _SLACK),
        step * math.ceil(high / step - _SLACK),
    )
    axis.major_unit = step


def _calendar(axis: Any, chart: NativeChart) -> None:
    """About eight days or months along the axis, whichever way its moments are told."""
    axis.tick_labels.number_format_is_linked = False
    first, last = chart.categories[0], chart.categories[-1]
    if not isinstance(first, date) or not isinstance(last, date):
        _skip(axis, max(1, -(-len(chart.categories) // 8)))
        return
    days = (last - first).days + 1
    size, unit, form = next((size, unit, form) for most, size, unit, form in _STEPS if days <= most)
    axis.tick_labels.number_format = _LOCALES.get(spoken(), "") + form
    for tag, value in (("c:majorUnit", str(size)), ("c:majorTimeUnit", unit)):
        for old in axis._element.findall(qn(tag)):
            axis._element.remove(old)
        step: Any = OxmlElement(tag)
        step.set("val", value)
        axis._element.append(step)


def _skip(axis: Any, every: int) -> None:
    """Only every so many words of an axis."""
    step: Any = OxmlElement("c:tickLblSkip")
    step.set("val", str(every))
    before = axis._element.find(qn("c:noMultiLvlLbl"))
    if before is not None:
        before.addprevious(step)


def _legend(drawn: Any, chart: NativeChart) -> None:
    drawn.has_legend = chart.is_keyed and len(chart.series) > 1
    if not drawn.has_legend:
        return
    legend: Any = drawn.legend
    legend.position = XL_LEGEND_POSITION.BOTTOM
    legend.include_in_layout = False
    legend.font.size = Pt(_SMALL)
    for at, series in enumerate(chart.series):
        if not series.color:  # what cannot be seen needs no key
            entry: Any = OxmlElement("c:legendEntry")
            for tag, value in (("c:idx", str(at)), ("c:delete", "1")):
                child: Any = OxmlElement(tag)
                child.set("val", value)
                entry.append(child)
            legend._element.find(qn("c:legendPos")).addnext(entry)


def _line(plotted: Any, series: Series) -> None:
    plotted.smooth = False
    line = plotted.format.line
    line.color.rgb = rgb(series.color)
    line.width = Pt(1.5 if series.is_dashed else 3 if series.color == LIGHT.line else 2)
    if series.is_dashed or series.is_hollow:
        line.dash_style = MSO_LINE.DASH
    marker = plotted.marker
    marker.style = XL_MARKER_STYLE.CIRCLE if series.has_dots else XL_MARKER_STYLE.NONE
    if series.has_dots:
        marker.size = 9
        marker.format.line.color.rgb = rgb(series.color)
        marker.format.fill.solid()
        marker.format.fill.fore_color.rgb = rgb(LIGHT.paper if series.is_hollow else series.color)


def _bars(plotted: Any, series: Series) -> None:
    plotted.invert_if_negative = False
    if not series.color:
        plotted.format.fill.background()
        return
    plotted.format.fill.solid()
    plotted.format.fill.fore_color.rgb = rgb(series.color)
    for at, color in (series.colors or {}).items():
        fill = plotted.points[at].format.fill
        fill.solid()
        fill.fore_color.rgb = rgb(color)


def _label(plotted: Any, series: Series, chart: NativeChart) -> None:
    """The printed values at their points: exact, where the axis is only near."""
    place = {
        "line": XL_LABEL_POSITION.ABOVE,
        "bar": XL_LABEL_POSITION.OUTSIDE_END,
        "column": XL_LABEL_POSITION.OUTSIDE_END,
        "stacked": XL_LABEL_POSITION.CENTER,
    }[chart.kind]
    if series.is_told_below:
        place = XL_LABEL_POSITION.BELOW
    for at, text in (series.labels or {}).items():
        label = plotted.points[at].data_label
        words = label.text_frame
        words.text = legal(text)
        words.word_wrap = False
        font = words.paragraphs[0].runs[0].font if words.paragraphs[0].runs else words.paragraphs[0].font
        font.size = Pt(_SMALL)
        font.bold = chart.kind == "line"
        font.color.rgb = rgb(LIGHT.ink)
        label.position = place
