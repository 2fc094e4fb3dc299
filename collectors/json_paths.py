"""Places in JSON, as JMESPath writes them, without its one trap.

JMESPath leaves nulls out of a projection, so sum(rows[].amount) adds up what happens to be there, and an
amount that is missing or no number counts as nothing. Here such a gap inside sum(), avg(), min() and max() is
a fault.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter

_ADDING = frozenset({"sum", "avg", "min", "max", "min_by", "max_by"})


class PathFault(ValueError):
    """An expression that cannot be read, or that meets something it cannot work with."""


class _Strict(TreeInterpreter):
    """Evaluates like JMESPath, but refuses a null that an addition would leave out."""

    def __init__(self) -> None:
        super().__init__()
        self._adding = 0

    def visit_function_expression(self, node: Any, value: Any) -> Any:
        is_adding = node["value"] in _ADDING
        self._adding += is_adding
        try:
            return super().visit_function_expression(node, value)
        finally:
            self._adding -= is_adding

    def visit_projection(self, node: Any, value: Any) -> Any:
        return super().visit_projection(self._guarded(node), value)

    def visit_filter_projection(self, node: Any, value: Any) -> Any:
        return super().visit_filter_projection(self._guarded(node), value)

    def visit_value_projection(self, node: Any, value: Any) -> Any:
        return super().visit_value_projection(self._guarded(node), value)

    def visit_kept(self, node: Any, value: Any) -> Any:
        """The right side of a projection inside an addition."""
        found = self.visit(node["children"][0], value)
        if found is None:
            raise PathFault("adds up a list in which a number is missing, or is none")
        return found

    def _guarded(self, node: Any) -> Any:
        if not self._adding:
            return node
        left, right, *more = node["children"]
        return {**node, "children": [left, {"type": "kept", "children": [right]}, *more]}


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> Any:
    try:
        return jmespath.compile(expression).parsed
    except JMESPathError as error:
        said = " ".join(str(error).split())[:120]
        raise PathFault(f"{expression[:60]!r} is no JMESPath: {said}") from None


def check(expression: str) -> str:
    """`expression`, if it is JMESPath; raises PathFault, a ValueError, where it is not."""
    _compiled(expression)
    return expression


def find(expression: str, body: Any) -> Any:
    """What `expression` finds in `body`, None where there is nothing. Raises PathFault."""
    try:
        return _Strict().visit(_compiled(expression), body)
    except JMESPathError as error:
        raise PathFault(f"does not suit {expression[:60]}: {' '.join(str(error).split())[:120]}") from None
    except (ArithmeticError, RecursionError, TypeError) as error:
        raise PathFault(f"does not suit {expression[:60]}: {type(error).__name__}") from None
