"""What somebody could mean by what they have typed so far: whole questions, or KPIs; as they may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot import access
from bot.commands.base import Command
from bot.commands.complete import MOST, Suggestion, complete
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import KpiRef, Workspace, normal
from storage import SessionFactory


@dataclass(frozen=True)
class Suggesting:
    """Suggests to one person at a time. Blocks: call it in a thread."""

    timeline: Timeline
    sessions: SessionFactory
    commands: Sequence[Command]

    def questions(self, invocation: Invocation) -> Sequence[Suggestion]:
        """What could be typed next, the likeliest first."""
        return complete(invocation.text, self._seen(invocation), self.commands)

    def kpis(self, text: str, invocation: Invocation) -> Sequence[tuple[str, str]]:
        """Path and label of the KPIs that `text`, a beginning, a part or a misspelling, may mean."""
        workspace = self._seen(invocation)
        # By path: a framework read from a file holds what has no hash.
        found = {ref.path: ref for ref in (*workspace.find_kpi(text), *_begun(normal(text), workspace))}
        if len(found) < MOST:
            near = (ref for name in workspace.nearest_names(text) for ref in workspace.find_kpi(name))
            found |= {ref.path: ref for ref in near if ref.path not in found}
        return [(path, f"{ref.kpi.name} · {_place(ref)}") for path, ref in [*found.items()][:MOST]]

    def _seen(self, invocation: Invocation) -> Workspace:
        with self.sessions.read() as session:
            return access.view(self.timeline.now(session), invocation)


def _begun(begun: str, workspace: Workspace) -> list[KpiRef]:
    """The KPIs with a name that goes on as `begun`, then those with one that holds it."""
    names = [(ref, [normal(name) for name in (ref.kpi.name, *ref.kpi.aliases)]) for ref in workspace.kpis]
    starts = [ref for ref, some in names if any(name.startswith(begun) for name in some)]
    holds = [ref for ref, some in names if any(begun in name for name in some)]
    return [*starts, *holds]


def _place(ref: KpiRef) -> str:
    return f"{ref.use.framework.key.capitalize()}: {ref.kpi.section.rsplit(' > ', 1)[-1]}"
