"""A ledger on each kind of database, with a small workspace."""

from __future__ import annotations

import pytest

from bot.workspace import Workspace
from storage import SessionFactory
from tests.bot.jobs.world import Chat, Clock, Ledger, small_workspace


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    return small_workspace()


@pytest.fixture
def chat(clock: Clock) -> Chat:
    return Chat(clock)


@pytest.fixture
def ledger(sessions: SessionFactory, clock: Clock, workspace: Workspace, chat: Chat) -> Ledger:
    return Ledger(sessions, clock, workspace, chat)
