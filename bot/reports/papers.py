"""The documents of a report: the blocks and charts of its thread as pages, and its table as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.documents.paper import Deck, Page, Paper, PdfPaper, Sheet
from bot.languages import day, said
from bot.reply import Block, Chart, Document, Heading, Reply
from bot.reports.definitions import definitions
from bot.reports.digest_account import Account
from bot.reports.digest_sources import source_lines
from bot.reports.digest_tables import table_of_all
from bot.reports.digest_words import period_words
from bot.reports.sections import Told
from kpi.framework_rules import Paper as PaperKind

Learned = tuple[str, tuple[Block, ...]] | None


def documents(account: Account, root: Reply, parts: Sequence[Told], learned: Learned) -> tuple[Document, ...]:
    """What the plan attaches; nothing where it asks for none."""
    wanted = account.plan.documents
    if not wanted:
        return ()
    paper = _paper(account, root, parts, learned)
    return tuple(_document(kind, paper, account, root) for kind in dict.fromkeys(wanted))


def _document(kind: PaperKind, paper: Paper, account: Account, root: Reply) -> Document:
    stem = f"{account.plan.filename}-{account.stretch.last.isoformat()}"
    title = f"{paper.title}, {paper.subtitle}"
    if kind == "csv":
        table = table_of_all(account)
        alt = said("Every KPI of the report as a table: {caption}.", caption=table.caption)
        return Document(title, alt, Sheet(table), f"{stem}.csv")
    if kind == "deck":
        alt = said("Slides, {count} pages. {finding}", count=len(paper.pages), finding=root.text)
        return Document(title, alt, Deck(paper), f"{stem}.pptx")
    alt = said("The report as PDF, {count} parts. {finding}", count=len(paper.pages), finding=root.text)
    return Document(title, alt, PdfPaper(paper), f"{stem}.pdf")


def _paper(account: Account, root: Reply, parts: Sequence[Told], learned: Learned) -> Paper:
    moment = account.last.moment
    return Paper(
        title=account.plan.title,
        at=account.now.moment.now,
        subtitle=period_words(account.stretch),
        company=account.last.workspace.name,
        data_until=said("{day}, {zone}", day=day(account.stretch.last, year=True), zone=moment.zone.key),
        pages=tuple(_pages(account, root, parts, learned)),
        sources=source_lines(account),
    )


def _pages(account: Account, root: Reply, parts: Sequence[Told], learned: Learned) -> Iterator[Page]:
    """The finding with what moved most, a page a part, what was learned, and the table of all."""
    yield Page(account.plan.title, root.text, root.blocks[1:])
    empty = [one for one in parts if one.is_empty]
    for one in parts:
        if one in empty and len(empty) > 1:
            continue
        blocks = tuple(_under(one, block) for block in one.page_blocks)
        yield Page(one.heading, one.finding, blocks, definitions(one.section.refs, account))
    if len(empty) > 1:  # together: a page of each would say nothing
        yield Page(said("Not measured yet"), blocks=tuple(_together(empty)))
    if learned is not None:
        yield Page(said("What was learned"), learned[0], learned[1])
    table = table_of_all(account)
    if table.rows:
        yield Page(said("All KPIs"), f"{table.caption}.", (replace(table, caption=""),))


def _together(parts: Sequence[Told]) -> Iterator[Block]:
    for one in parts:
        yield Heading(one.heading)
        yield from one.page_blocks


def _under(part: Told, block: Block) -> Block:
    """A block of a page; a chart does not say again what stands above it as the page's title and finding."""
    drawing: Any = block.drawing if isinstance(block, Chart) else None
    if not isinstance(block, Chart) or not hasattr(drawing, "finding") or not hasattr(drawing, "title"):
        return block
    fresh = [one for one in drawing.finding.split("; ") if one not in part.finding]
    title = "" if part.heading.endswith(drawing.title) else drawing.title
    return replace(block, drawing=replace(drawing, title=title, finding="; ".join(fresh)))
