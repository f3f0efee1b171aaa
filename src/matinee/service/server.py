"""Runs the service on a port."""

from __future__ import annotations

import contextlib
import errno
import socket
from typing import TYPE_CHECKING

import uvicorn

from matinee.assembly import open_library
from matinee.errors import SettingsError
from matinee.service.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastapi import FastAPI

    from matinee.settings import Settings

_GRACE = 5
"""Seconds that requests under way have to finish when the server is stopped."""
_MAX_HEAD = 4 * 1024 * 1024
"""Bytes of a request's head that are read, so that a query far too long still gets an answer that
says so; what may be searched is bounded elsewhere."""
_BACKLOG = 2048


def serve(
    *,
    host: str,
    port: int,
    path: Path | None = None,
    settings: Settings | None = None,
    announce: Callable[[], None] | None = None,
) -> None:
    """Serve the pages and the API until interrupted.

    Args:
        host: address to listen on.
        port: port to listen on.
        path: folder of the library, as :func:`matinee.open` takes it.
        settings: instead of those read from the environment.
        announce: is called once the port is taken and the library is open.

    Raises:
        SettingsError: the address or the port cannot be used.
        LibraryError: the library cannot be opened.
    """
    # First the port, because that takes no time; then the library, because its errors are for the
    # person at the terminal and not for a log.
    with bind(host, port) as listening:
        config = configure(create_app(open_library(path, settings=settings)))
        if announce is not None:
            announce()
        # Uvicorn stops in good order, then raises the interrupt once more.
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


def configure(app: FastAPI) -> uvicorn.Config:
    """Return how the service is run."""
    return uvicorn.Config(
        app,
        # Named, so that the bound above holds whatever else is installed.
        http="h11",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=_MAX_HEAD,
    )


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
