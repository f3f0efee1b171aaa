"""Runs the service on a port, in one process or several."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import shutil
import signal
import socket
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from matinee.errors import SettingsError
from matinee.service.app import create_app
from matinee.service.board import Board
from matinee.service.connection import Connection
from matinee.service.exposure import check_exposure
from matinee.service.logs import configure_logs
from matinee.service.metrics import forget_worker, prepare_metrics
from matinee.service.supervisor import Supervisor, end_with_parent
from matinee.settings import Settings
from matinee.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from fastapi import FastAPI

_GRACE = 5
"""Seconds that requests under way have to finish when the server is stopped."""
_CLOSING_SECONDS = 15.0
"""More, for writes that are queued, a job that is told to end and connections that are let go;
then a worker is killed. In all less than the thirty seconds that Kubernetes gives."""
_KEEP_ALIVE = 15
"""Seconds that a connection may lie idle; longer than a person reads a page of results, shorter
than the 60 after which proxies in front let go of theirs."""
_BACKLOG = 2048
_NO_LIBRARY = 4
"""Status of a worker that has nothing to answer from."""
_OPEN_FILES = 65_536
"""Asked of the system where it allows so many; the usual 1,024 are soon used up by connections."""
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Read by the libraries of linear algebra when they are loaded. Several processes that each take
every core for itself are ten times slower than one: their threads wait for each other awake."""


def serve(
    *,
    host: str,
    port: int,
    path: Path | None = None,
    settings: Settings | None = None,
    workers: int | None = None,
    announce: Callable[[], None] | None = None,
) -> None:
    """Serve the pages and the API until interrupted.

    Args:
        host: address to listen on.
        port: port to listen on.
        path: folder of the library, as :func:`matinee.open` takes it.
        settings: instead of those read from the environment.
        workers: processes that answer, instead of the number of the settings.
        announce: is called once the port is taken and the library is open.

    Raises:
        SettingsError: the address or the port cannot be used, or not without accounts.
        LibraryError: the library cannot be opened.
        StoreError: the store does not answer, and it has to be known who may come in.
    """
    settings = settings or Settings.from_environment()
    count = settings.workers if workers is None else workers
    # What counts from here on is where it really listens, whatever the settings said.
    settings = replace(settings, host=host, port=port, workers=count)
    if count > 1 and os.name == "nt":
        raise SettingsError(
            "Several workers share a port on Linux and macOS alone", cure="Use --workers 1"
        )
    configure_logs(settings)
    _raise_open_files()
    store = open_store(settings.database_url)
    try:
        check_exposure(host, settings, store)
        # First the port, because that takes no time; then the library, because its errors are for
        # the person at the terminal and not for a log.
        with bind(host, port) as listening:
            if count > 1:
                store.close()
                _serve_many(listening, count, path, settings, announce)
            else:
                app = create_app(path=path, settings=settings, store=store)
                app.state.holder.reload()
                if app.state.holder.error is not None:
                    raise app.state.holder.error
                run(app, listening, announce)
    finally:
        store.close()


def run(app: FastAPI, listening: socket.socket, announce: Callable[[], None] | None = None) -> None:
    """Answer on a socket until interrupted; then finish what is under way.

    Args:
        app: the service.
        listening: a socket that listens.
        announce: is called once requests are answered.
    """
    # Uvicorn stops in good order, then raises the signal once more: with this it ends there, and
    # the process with status 0, as a service manager expects of a server that it has stopped.
    with _ignoring(signal.SIGTERM), contextlib.suppress(KeyboardInterrupt):
        _Server(configure(app), app, announce).run(sockets=[listening])


def configure(app: FastAPI) -> uvicorn.Config:
    """Return how the service is run."""
    settings: Settings = app.state.settings
    return uvicorn.Config(
        app,
        http=Connection,
        loop="auto",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
    )


class _Server(uvicorn.Server):
    """Says when it is ready, and lets the app know when it is about to stop."""

    def __init__(
        self, config: uvicorn.Config, app: FastAPI, announce: Callable[[], None] | None
    ) -> None:
        super().__init__(config)
        self._app = app
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._announce is not None:
            self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.state.stopping = True
        super().handle_exit(sig, frame)


def _serve_many(
    listening: socket.socket,
    count: int,
    path: Path | None,
    settings: Settings,
    announce: Callable[[], None] | None,
) -> None:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = settings.threads or max(1, (cores or 1) // count)
    for name in _THREAD_VARIABLES:
        os.environ.setdefault(name, str(threads))
    folder = Path(tempfile.mkdtemp(prefix="matinee-"))
    try:
        prepare_metrics(folder / "metrics")
        board = Board(folder)
        supervisor = Supervisor(
            _work,
            (listening, path, replace(settings, threads=threads), board),
            count=count,
            board=board,
            stop_seconds=_GRACE + _CLOSING_SECONDS,
            forget=forget_worker,
        )
        supervisor.run(announce, closing=listening.close)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _work(listening: socket.socket, path: Path | None, settings: Settings, board: Board) -> None:
    """Run one worker: the process that the supervisor starts."""
    configure_logs(settings)
    threading.Thread(target=end_with_parent, name="matinee-parent", daemon=True).start()
    app = create_app(path=path, settings=settings, board=board)
    app.state.holder.reload()
    others = (worker for worker in board.workers() if worker.pid != os.getpid())
    if app.state.holder.error is not None and any(worker.version for worker in others):
        # Started again while the current version is damaged. The others answer from the one
        # before; this one could but refuse its share of the requests, so it tries again later.
        raise SystemExit(_NO_LIBRARY)
    run(app, listening)
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        # It was killed, and nobody else is left to clear away.
        shutil.rmtree(board.folder, ignore_errors=True)


@contextlib.contextmanager
def _ignoring(number: int) -> Any:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(number, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(number, before)


def _raise_open_files() -> None:
    if os.name == "nt":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        # Some systems say that they allow more than they do.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        SettingsError: naming the address and the cure.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError, OverflowError) as error:
        raise SettingsError(
            f"There is no address {host!r:.80}: {error}", cure="Choose another with --host"
        ) from error
    listening = socket.socket(family, kind, protocol)
    try:
        # Else a restart has to wait for the connections of the last run to be forgotten.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            what, cure = (
                f"Port {port} is in use",
                "Choose another with --port, or stop what uses it",
            )
        elif error.errno == errno.EACCES:
            what, cure = f"Port {port} may not be used", "Choose one above 1023 with --port"
        else:
            what, cure = f"Cannot listen on {host}: {error.strerror}", "Choose another with --host"
        raise SettingsError(what, where=f"{host}:{port}", cure=cure) from error
    return listening
