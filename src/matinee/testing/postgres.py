"""A PostgreSQL server of one's own, for tests: in a temporary folder, reachable from here alone."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pwd
    from collections.abc import Iterator

_USERS = ("postgres", "nobody")
"""Who runs the server where we are root, which it refuses to run as."""
_PASSWORD = "only-for-tests"  # noqa: S105 -- of a server that lives as long as a test
_WAIT = 30.0
"""Seconds for the server to begin or end."""


def find_binaries() -> Path | None:
    """Return the folder of ``initdb`` and ``postgres``, the newest of Debian's; None for none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: [int(n) for n in path.parts[-3].split(".") if n.isdigit()],
    )
    if found:
        return found[-1].parent
    known = shutil.which("postgres")
    return Path(known).resolve().parent if known and shutil.which("initdb") else None


class PostgresServer:
    """A server that can be stopped, killed and started again.

    Attributes:
        url: of its database ``matinee``, for :func:`matinee.store.open_store`.
        port: on 127.0.0.1.
    """

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.port = _free_port()
        self.url = f"postgresql://matinee:{_PASSWORD}@127.0.0.1:{self.port}/matinee"
        self._binaries = binaries
        self._folder = folder
        self._user = _user()
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "password").write_text(_PASSWORD)
        if self._user is not None:
            for path in (folder, folder / "password"):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        self._call(
            "initdb",
            *("--pgdata", str(self._data), "--username=matinee", "--auth=scram-sha-256"),
            *("--pwfile", str(folder / "password"), "--encoding=UTF8", "--locale=C.UTF-8"),
        )
        self.start()
        self.make_database("matinee")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def pid(self) -> int:
        """Process number of the server."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    def url_of(self, database: str) -> str:
        """Return the URL of another database of the server."""
        return self.url.rpartition("/")[0] + f"/{database}"

    def make_database(self, name: str) -> str:
        """Make an empty database; return its URL."""
        self.sql(f'CREATE DATABASE "{name}"', database="postgres")
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Delete a database, whoever is connected."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', database="postgres")

    def sql(self, statement: str, *, database: str = "matinee") -> None:
        """Run a statement outside of a transaction."""
        import psycopg

        url = self.url_of(database)
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            RuntimeError: it does not.
        """
        if self._process is not None and self._process.poll() is None:
            return
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- the server's own binary
                [
                    str(self._binaries / "postgres"),
                    *("-D", str(self._data), "-p", str(self.port), "-h", "127.0.0.1"),
                    *("-k", "", "-c", "shared_buffers=16MB"),
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_as(self._user),
            )
        deadline = time.monotonic() + _WAIT
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {self.log()[-2_000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server in good order, but at once."""
        self.kill(signal.SIGINT)

    def kill(self, signal_number: int = signal.SIGKILL) -> None:
        """Send the server a signal; wait until it has ended, unless the signal merely halts it.

        SIGKILL, SIGSTOP and SIGCONT go to those who answer the connections as well, as when the
        machine is gone or hangs; other signals the server hands on itself.
        """
        if self._process is None or self._process.poll() is not None:
            return
        whom = [self._process.pid]
        if signal_number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT):
            whom += _children(self._process.pid)
        for pid in whom:
            with suppress(ProcessLookupError):
                os.kill(pid, signal_number)
        if signal_number not in (signal.SIGSTOP, signal.SIGCONT):
            self._process.wait(_WAIT)

    def log(self) -> str:
        """Return what the server has said."""
        path = self._folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _answers(self) -> bool:
        done = subprocess.run(  # noqa: S603 -- the server's own binary
            [
                str(self._binaries / "pg_isready"),
                *("-q", "-h", "127.0.0.1", "-p", str(self.port)),
            ],
            check=False,
        )
        return done.returncode == 0

    def _call(self, name: str, *words: str) -> None:
        done = subprocess.run(  # noqa: S603 -- the server's own binary
            [str(self._binaries / name), *words],
            capture_output=True,
            check=False,
            cwd=self._folder,
            **_as(self._user),
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise RuntimeError(f"{name} failed: {said}")


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server until the block is left.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
    """
    binaries = find_binaries()
    if binaries is None:
        raise FileNotFoundError("there is no PostgreSQL server here")
    # Not pytest's own folder, which only its owner may enter: the server may be somebody else.
    folder = Path(tempfile.mkdtemp(prefix="matinee-postgres-"))
    server = None
    try:
        server = PostgresServer(binaries, folder)
        yield server
    finally:
        if server is not None:
            server.kill(signal.SIGCONT)
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _children(pid: int) -> list[int]:
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _user() -> pwd.struct_passwd | None:
    import pwd

    if os.geteuid() != 0:
        return None
    for name in _USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("there is no user a PostgreSQL server could run as")


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
