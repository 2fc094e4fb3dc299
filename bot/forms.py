"""Forms: what people fill in instead of typing. Each becomes the text that somebody would have typed.

So a form can do nothing that words cannot, and is checked, refused and written to the trail as words are.
`compose` never raises; `faults` says beforehand what is wrong, field by field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from bot.commands.retyped import prose
from bot.grammar import clean

LONGEST_VALUE = 40
LONGEST_WORDS = 300
"""Of what somebody says beside a score."""
LONGEST_NOTE = 200
"""Of prose; with a KPI's path before it, a text stays within what is read of a question."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in. The value of a KPI's field is its path."""

    key: str
    label: str
    kind: Literal["kpi", "text", "long", "choice"]
    required: bool = True
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # value and label; the first is chosen
    longest: int = LONGEST_NOTE  # characters


@dataclass(frozen=True, slots=True)
class Form:
    """What is filled in, and the text it becomes. Titles and the button have at most 24 characters."""

    name: str
    title: str
    submit: str
    fields: tuple[Field, ...]
    compose: Callable[[Mapping[str, str]], str]

    def faults(self, values: Mapping[str, str]) -> dict[str, str]:
        """What is wrong, by the field it is wrong in; empty where nothing is."""
        found: dict[str, str] = {}
        for field in self.fields:
            said = clean(values.get(field.key, ""))
            if wrong := _wrong(field, said):
                found[field.key] = wrong
        return found


def _wrong(field: Field, said: str) -> str:
    if not said:
        return "Fill this in." if field.required else ""
    if len(said) > field.longest:
        return f"That is {len(said)} characters; {field.longest} fit."
    if field.key == "value" and not _VALUE.match(said):
        return "Write a number: 52, 1.2M, 85%, 90 min."
    if field.key == "alert" and not _ALERT.fullmatch(said.lstrip("# ")):
        return "Write the alert's number: 12."
    if field.key == "day" and not _DAY.fullmatch(said):
        return "Write a day: today, yesterday, 12 Nov or 2026-11-12."
    if field.choices and said not in {value for value, _ in field.choices}:
        return "Choose one of these."
    return ""


_VALUE = re.compile(r"\D{0,3}\d")
LONGEST_SOURCE = 80
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY = re.compile(
    rf"today|yesterday|\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}} {_MONTH}(?: \d{{4}})?", re.I | re.A
)
_NO_DAY = "0000-00-00"
"""Refused as no day, where what was written must not be taken for a part of the note."""


def _record(values: Mapping[str, str]) -> str:
    path, said = _path(values), _one_word(values.get("value", ""))
    if not path:
        return "record"
    if not _VALUE.match(said):
        return clean(f"record {path} {_unnumbered(said)}")  # a number in the note is not the value
    return clean(f"record {path} {said} {prose(clean(values.get('note', '')))}")


def _enter(values: Mapping[str, str]) -> str:
    """The source stands before the note, in one line with it."""
    path, said = _path(values), _one_word(values.get("value", ""))
    if not path:
        return "enter"
    if not _VALUE.match(said):
        return clean(f"enter {path} {_unnumbered(said)}")
    day = clean(values.get("day", ""))
    on = f"for {day if _DAY.fullmatch(day) else _NO_DAY}" if day else ""
    told = (clean(values.get(key, "")) for key in ("source", "note"))
    return clean(f"enter {path} {said} {on} {prose('; '.join(filter(None, told)))}")


def _skip(values: Mapping[str, str]) -> str:
    path = _path(values)
    return clean(f"skip {path} {prose(clean(values.get('reason', '')))}") if path else "skip"


def _judge(values: Mapping[str, str]) -> str:
    path, said = _path(values), clean(values.get("verdict", ""))
    verdict = said if said in dict(_VERDICTS) else ""
    reason = prose(clean(values.get("reason", "")))
    return clean(f"judge {path} {verdict} because {reason}") if path else "judge"


def _survey(values: Mapping[str, str]) -> str:
    name = _one_word(values.get("survey", ""))
    return clean(f"survey comment {name} {prose(clean(values.get('text', '')))}") if name else "survey"


def _note(values: Mapping[str, str]) -> str:
    path, day = _path(values), clean(values.get("day", "")) or "today"
    named = day if _DAY.fullmatch(day) else _NO_DAY
    return f"note {path} {named}: {prose(clean(values.get('text', '')))}".rstrip() if path else "note"


def _silence(values: Mapping[str, str]) -> str:
    path, span = _path(values), clean(values.get("until", ""))
    known = span if span in dict(_SPANS) else _SPANS[0][0]
    return f"silence {path} {known} {prose(clean(values.get('reason', '')))}".rstrip() if path else "silence"


def _alert(values: Mapping[str, str]) -> str:
    number = _number(values)
    return clean(f"alert note {number} {prose(clean(values.get('text', '')))}") if number else "alert"


def _assign(values: Mapping[str, str]) -> str:
    number, to = _number(values), prose(clean(values.get("person", "")))
    return clean(f"assign {number} {to}") if number else "assign"


def _snooze(values: Mapping[str, str]) -> str:
    number, span = _number(values), clean(values.get("until", ""))
    known = span if span in dict(_SNOOZES) else _SNOOZES[0][0]
    return f"snooze {number} {known}" if number else "snooze"


def _number(values: Mapping[str, str]) -> str:
    """The number of an alert; empty for what is none."""
    said = clean(values.get("alert", "")).lstrip("# ")
    return said if _ALERT.fullmatch(said) else ""


def _path(values: Mapping[str, str]) -> str:
    """The path, or a name that somebody typed, as one word: no part of it is taken for what comes behind."""
    said = " ".join(re.sub(r'["“”:=]', " ", clean(values.get("kpi", ""))).split())
    return f"“{said}”" if " " in said else said


def _one_word(text: str) -> str:
    """A number such as 1 234 without its spaces; where others are left, quotes hold the words together."""
    said = re.sub(r"(?<=\d)\s+(?=\d)", "", clean(re.sub(r'["“”]', "", text)))
    return f"“{said}”" if " " in said else said


def _unnumbered(text: str) -> str:
    return re.sub(r"[\d$€£]", "", text)


_SPANS = (
    ("4h", "4 hours"),
    ("1d", "1 day"),
    ("until monday", "Until Monday"),
    ("1w", "1 week"),
    ("30d", "30 days"),
)

_ALERT = re.compile(r"\d{1,9}", re.ASCII)

_SNOOZES = (
    ("1h", "1 hour"),
    ("4h", "4 hours"),
    ("until monday", "Until Monday"),
    ("until resolved", "Until it is over"),
)

_VERDICTS = (("met", "Met"), ("not met", "Not met"))

_KPI = Field("kpi", "KPI", "kpi")
_NUMBERED = Field("alert", "Alert", "text", hint="Its number", longest=10)

FORMS: Mapping[str, Form] = {
    one.name: one
    for one in (
        Form(
            "record",
            "Record a value",
            "Record",
            (
                _KPI,
                Field("value", "Value", "text", hint="52, 1.2M, 85%, 90 min", longest=LONGEST_VALUE),
                Field("note", "Note", "long", required=False, hint="Where the number comes from"),
            ),
            _record,
        ),
        Form(
            "enter",
            "Enter a number",
            "Enter",
            (
                _KPI,
                Field("value", "Value", "text", hint="52, 1.2M, 85%, 90 min", longest=LONGEST_VALUE),
                Field(
                    "day",
                    "Day it is for",
                    "text",
                    required=False,
                    hint="Without one: the last day of the period asked for",
                    longest=20,
                ),
                Field(
                    "source",
                    "Source",
                    "text",
                    required=False,
                    hint="Where the number comes from",
                    longest=LONGEST_SOURCE,
                ),
                Field("note", "Note", "long", required=False, hint="What others should know"),
            ),
            _enter,
        ),
        Form(
            "skip",
            "Not this time",
            "Not this time",
            (
                _KPI,
                Field("reason", "Why", "long", required=False, hint="Others can read this"),
            ),
            _skip,
        ),
        Form(
            "judge",
            "Say whether it is met",
            "Judge",
            (
                _KPI,
                Field("verdict", "Is it met?", "choice", choices=_VERDICTS),
                Field("reason", "Why", "long", hint="The trail keeps it"),
            ),
            _judge,
        ),
        Form(
            "survey",
            "Why this score?",
            "Send",
            (
                Field("survey", "Survey", "text", longest=80),
                Field(
                    "text",
                    "Your words",
                    "long",
                    hint="Shown after the close, if enough have answered",
                    longest=LONGEST_WORDS,
                ),
            ),
            _survey,
        ),
        Form(
            "note",
            "Note what happened",
            "Keep the note",
            (
                _KPI,
                Field("day", "Day", "text", required=False, hint="Today; or 12 Nov, 2026-11-12", longest=20),
                Field("text", "What happened", "long", hint="Charts show it on that day"),
            ),
            _note,
        ),
        Form(
            "silence",
            "Silence a KPI",
            "Silence",
            (
                _KPI,
                Field("until", "For how long", "choice", choices=_SPANS),
                Field("reason", "Why", "long", required=False, hint="Others can read this"),
            ),
            _silence,
        ),
        Form(
            "alert",
            "Note on an alert",
            "Add a note",
            (_NUMBERED, Field("text", "Note", "long", hint="Its thread shows it")),
            _alert,
        ),
        Form(
            "assign",
            "Give an alert to",
            "Give",
            (
                _NUMBERED,
                Field("person", "To whom", "text", hint="A name of kpi.yaml, or me", longest=LONGEST_VALUE),
            ),
            _assign,
        ),
        Form(
            "snooze",
            "Snooze an alert",
            "Snooze",
            (_NUMBERED, Field("until", "For how long", "choice", choices=_SNOOZES)),
            _snooze,
        ),
    )
}
"""Every form, by the name that a button opens it by."""

_BEGUN = re.compile(r"(?P<kpi>\S+/\S+) (?P<day>\d{4}-\d\d-\d\d)(?: (?P<last>.+))?")


def begun(form: Form, ask: str) -> tuple[Form, dict[str, str]]:
    """A form as a button begins it, and what is filled in: its first field, or KPI, day and last value.

    The last value is told where a new one is written.
    """
    match = _BEGUN.fullmatch(clean(ask))
    if match is None:
        return form, {form.fields[0].key: clean(ask)}
    values = {"kpi": match["kpi"], "day": match["day"]}
    if not match["last"]:
        return form, values
    hint = f"Last: {match['last']}"
    fields = tuple(replace(one, hint=hint) if one.key == "value" else one for one in form.fields)
    return replace(form, fields=fields), values
