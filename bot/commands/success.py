"""`/kpi success`: the framework's own definition of success, numbers scored apart from what people judge."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group, Subject
from bot.commands.cells import same_time
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Reply, note
from bot.reports.rows import small_print
from bot.reports.snapshot import load
from bot.reports.success import headline, read_judgements, score, success_blocks, success_json, success_kpis
from bot.workspace import Use, Workspace, normal


class SuccessArgs(Args):
    framework: str = Field("", description="A framework; none means every one in use.")

    usage: ClassVar[str] = "success hektor"
    about: ClassVar[Subject] = Subject.FRAMEWORK


def run(args: SuccessArgs, ctx: Context) -> Reply:
    uses = _asked(args.framework, ctx.workspace)
    stating = [use for use in uses if use.framework.success]
    if not stating:
        titles = " and ".join(use.framework.title for use in uses)
        raise UserError(
            f"{titles} {'states' if len(uses) == 1 else 'state'} no definition of success.", _hint(ctx)
        )
    refs = tuple(ref for use in stating for ref in success_kpis(use, ctx.workspace))
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, refs, known_by=ctx.known_by)
    said = read_judgements(ctx.session, stating, ctx.moment, ctx.known_by)
    found = [(use, score(use, snapshot, said[use.framework.key])) for use in stating]
    blocks: list[Block] = []
    for use, items in found:
        blocks += success_blocks(use, items, snapshot)
    if silent := [use.framework.key.capitalize() for use in uses if use not in stating]:
        states = "states" if len(silent) == 1 else "state"
        blocks.append(note(f"{' and '.join(silent)} {states} no definition of success."))
    blocks.append(note(small_print(refs, snapshot)))
    ask = f"success {args.framework}".strip() + same_time(ctx.moment)
    blocks.append(Actions((Action("Share", ask, share=True),)))
    text = " ".join(headline(items, use, several=len(found) > 1) for use, items in found)
    return Reply(text, tuple(blocks), data={"success": [success_json(use, items) for use, items in found]})


def _asked(name: str, workspace: Workspace) -> tuple[Use, ...]:
    wanted = normal(name)
    found = tuple(use for use in workspace.uses if wanted in {"", normal(use.framework.key)})
    if not found:
        known = ", ".join(f"`success {use.framework.key}`" for use in workspace.uses)
        raise UserError(f"No framework “{shortened(name)}” is in use.", f"Say `success`, or {known}.")
    return found


def _hint(ctx: Context) -> str:
    stating = [use.framework.key for use in ctx.workspace.uses if use.framework.success]
    return f"Say `success {stating[0]}`." if stating else "A framework file states it under `success:`."


COMMAND = Command(
    name="success",
    summary="The framework's own definition of success, scored.",
    example="success",
    args=SuccessArgs,
    run=run,
    group=Group.FRAMEWORKS,
)
