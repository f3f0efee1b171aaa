"""A real server on a free port: the demo library, a store of its own, accounts on."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import uvicorn

from matinee.client import MatineeClient
from matinee.service.app import create_app
from matinee.service.server import bind, configure
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Role, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from matinee import Library
    from matinee.store import Store

_LONG = 30.0
"""Seconds that a start or a stop may take on a busy machine."""


@dataclass
class Served:
    """A server, and how to speak to it as somebody."""

    url: str
    app: FastAPI
    store: Store

    def client(self, name: str, *scopes: Scope, **facts: object) -> MatineeClient:
        """Return a client of somebody, who is made if need be."""
        if self.store.accounts.get(name) is None:
            self.store.accounts.create(name, **facts).result()
        wanted = frozenset(scopes) or frozenset({Scope.READ, Scope.WRITE})
        _, secret = self.store.tokens.create(name, scopes=wanted).result()
        return MatineeClient(self.url, token=secret)


@pytest.fixture
def served(demo: Library, tmp_path) -> Iterator[Served]:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'store.db'}", accounts="on", rate_limit=0
    )
    store = open_store(settings.database_url)
    app = create_app(path=demo.root, settings=settings, store=store)
    with contextlib.ExitStack() as stack:
        stack.callback(store.close)
        listening = stack.enter_context(bind("127.0.0.1", 0))
        server = uvicorn.Server(configure(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        stack.callback(thread.join, _LONG)
        stack.callback(setattr, server, "should_exit", True)
        deadline = time.monotonic() + _LONG
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.started
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", app, store)


@pytest.fixture
def ann(served: Served) -> Iterator[MatineeClient]:
    """An administrator."""
    with served.client("ann", *Scope, role=Role.ADMIN) as client:
        yield client
