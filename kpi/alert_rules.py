"""Alert rules as they are written: what is looked at, when it counts, and how its alert is handled.

Rules are data, in a framework's file or under `alerts` in kpi.yaml. `kpi.conditions` finds out what holds,
`kpi.alerts` what becomes of it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kpi.document import Wrong
from kpi.duration import duration

Severity = Literal["critical", "warning", "celebrate"]

ANY = "any"
"""In place of a name: each KPI, source or gate for itself, told of in one message."""


def _duration(text: str) -> str:
    if text:
        duration(text)
    return text


Duration = Annotated[str, AfterValidator(_duration)]
"""How long: `3 days`, `24 hours`, `immediately`; empty where nothing is said."""


class Rule(BaseModel):
    """Shared settings: unknown keys are refused, and nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class TextMatch(Rule):
    """What is written somewhere, in posts, mentions and articles; all that is given must hold.

    A list matches where one of its entries does. Words match whole words in any case.
    """

    topics: tuple[str, ...] = ()  # as the source names them: a feed, a search, a project
    words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()  # where it stands: techcrunch.com
    sentiment: Literal["", "negative", "positive"] = ""
    reach: float | None = Field(default=None, ge=0, allow_inf_nan=False)  # seen by at least so many
    kinds: tuple[Literal["post", "mention", "article"], ...] = ()

    @model_validator(mode="after")
    def _asks_something(self) -> TextMatch:
        if not any((self.topics, self.words, self.sites, self.sentiment, self.kinds, self.reach)):
            raise Wrong("matches everything", "give topics, words, sites, sentiment, kinds or reach")
        return self


LIMITS = ("above", "at_least", "at_most", "below")
_MEASURED = ("measure", "kpi", "drop", "rise", "percent_of_target", "chance", "firing")
_PLAIN = ("zone", "gate", "no_data", "source", "anomaly", "text")


class Condition(Rule):
    """When an alert holds. Exactly one thing is looked at.

    A number is compared with exactly one limit: a `measure` or a `kpi`; the `drop` or `rise`, in percent, of
    a measure or a KPI `against` the stretch of equal length before, the same one a week, four weeks or a
    year earlier; a KPI's `percent_of_target`; the `chance`, in percent, that it meets its target at the
    deadline; how many alerts of the rule `firing` fire at once. `any` stands for each KPI.

    The others have no limit: a `zone` or a `gate` that `becomes` what is written, `no_data` for a KPI, a
    `source` that cannot be read, an `anomaly` of a KPI or a measure, a `text`. With `by`, a measure is looked
    at for each value of that label.
    """

    measure: str = ""
    kpi: str = ""
    drop: str = ""
    rise: str = ""
    percent_of_target: str = ""
    chance: str = ""
    firing: str = ""
    zone: str = ""
    gate: str = ""
    no_data: str = ""
    source: str = ""
    anomaly: str = ""
    text: TextMatch | None = None
    above: float | None = Field(default=None, allow_inf_nan=False)
    at_least: float | None = Field(default=None, allow_inf_nan=False)
    at_most: float | None = Field(default=None, allow_inf_nan=False)
    below: float | None = Field(default=None, allow_inf_nan=False)
    against: Literal["before", "week", "4 weeks", "year"] = "before"
    becomes: Literal["", "red", "yellow", "green", "open", "shut"] = ""
    direction: Literal["both", "low", "high"] = "both"
    unusual: bool = False  # a drop or rise counts only on a day that is not like its weekday
    by: str = ""

    @property
    def kind(self) -> str:
        """The name of what is looked at: measure, kpi, drop, …"""
        return next(name for name in (*_MEASURED, *_PLAIN) if getattr(self, name))

    @property
    def limit(self) -> tuple[str, float] | None:
        """The comparison and its number; None where there is none."""
        found = ((name, getattr(self, name)) for name in LIMITS)
        return next(((name, value) for name, value in found if value is not None), None)

    @property
    def own_measure(self) -> str:
        """The measure it states itself; empty where it names a KPI, or none."""
        found = self.measure or self.drop or self.rise or self.anomaly
        return found if "(" in found else ""

    @model_validator(mode="after")
    def _is_one_question(self) -> Condition:
        looked_at = [name for name in (*_MEASURED, *_PLAIN) if getattr(self, name)]
        if len(looked_at) != 1:
            raise Wrong("looks at none or several things", f"give one of {', '.join((*_MEASURED, *_PLAIN))}")
        limits = sum(getattr(self, name) is not None for name in LIMITS)
        if looked_at[0] in _MEASURED and limits != 1:
            raise Wrong("has none or several limits", f"give one of {', '.join(LIMITS)}")
        if looked_at[0] in _PLAIN and limits:
            raise Wrong(f"has a limit, but `{looked_at[0]}` is no number", "leave the limit out")
        self._check_becomes(looked_at[0])
        return self

    def _check_becomes(self, kind: str) -> None:
        wanted = {"zone": ("red", "yellow", "green"), "gate": ("open", "shut")}.get(kind, ("",))
        if self.becomes not in wanted:
            hint = f"write becomes: {' or '.join(wanted)}" if wanted != ("",) else "leave `becomes` out"
            raise Wrong(f"`{kind}` cannot become “{self.becomes}”", hint)
        if self.unusual and kind not in ("drop", "rise"):
            raise Wrong(f"`{kind}` has no usual day", "leave `unusual` out")
        if self.by and kind not in ("measure", "drop", "rise", "anomaly"):
            raise Wrong(f"`{kind}` has no labels to tell apart", "leave `by` out")


class Handling(Rule):
    """How the alerts of a rule live. What is empty or None follows from the severity, or from kpi.yaml."""

    lasting: Duration = ""  # how long the condition must hold before it counts
    clears_at: float | None = Field(default=None, allow_inf_nan=False)  # it ends only beyond this value
    clears_after: Duration = ""  # how long it must not hold before it ends
    rearms_after: Duration = ""  # not told again so soon after its end
    remind_every: Duration = ""  # as long as it fires and nobody has acknowledged it; never without
    act_within: Duration = ""  # the time limit to act, counted from the event; then it is escalated
    unless_firing: tuple[str, ...] = ()  # rules that say the same more urgently of the same KPI
    every: float | None = Field(default=None, gt=0, allow_inf_nan=False)  # celebrate each further step too
    days: Literal["", "all", "business"] = ""  # on which days it may speak
    waits_for_day: bool | None = None  # whether quiet hours defer it; all but the critical ones are
    mention: bool = False  # whether its message mentions people, so that they are notified
    channels: tuple[str, ...] = ()  # where it is told: slack:C0123; as kpi.yaml says without


class AlertRule(Handling):
    """A condition with a severity. Without `when` a person, or a source that reports events, raises it."""

    key: str
    severity: Severity
    text: str
    title: str = ""
    line: int = 0
    when: Condition | None = None
    by_hand: str = ""  # what a person may flag, beside the condition or instead of it
    note: str = ""

    @model_validator(mode="after")
    def _fits_its_condition(self) -> AlertRule:
        limit = None if self.when is None else self.when.limit
        for name in ("clears_at", "every"):
            if limit is None and getattr(self, name) is not None:
                raise Wrong(f"`{name}` needs a limit that a number is held against", f"leave `{name}` out")
        if limit is None:
            return self
        is_upwards = limit[0] in ("above", "at_least")
        if self.every is not None and not is_upwards:
            raise Wrong("`every` counts upwards", "give the condition `at_least` or `above`")
        if self.clears_at is not None and (
            self.clears_at > limit[1] if is_upwards else self.clears_at < limit[1]
        ):
            side = "below" if is_upwards else "above"
            raise Wrong(
                f"`clears_at` lies on the wrong side of the limit {limit[1]:g}", f"a number {side} it"
            )
        return self

    @property
    def name(self) -> str:
        """What its message is headed with."""
        return self.title or self.text

    def changed(self, **values: Any) -> AlertRule:
        """The same rule with other settings, checked anew."""
        return AlertRule.model_validate({**self.model_dump(), **values})
