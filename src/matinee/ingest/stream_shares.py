"""A large table read by several processes: each parses all of it and builds titles of its blocks.

Parsing takes a sixth of the time and building most of the rest, so nothing is gained by sending
records to and fro. Blocks come together in their order, so that the number of processes changes
nothing. The others are fresh interpreters, which talk by their standard streams: they are safe to
start from any thread, and run nothing of the program that starts them.
"""

from __future__ import annotations

import gc
import json
import signal
import subprocess  # nosec B404 -- runs this interpreter
import sys
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa

from matinee.errors import SourceError
from matinee.ingest.rows import Share, SharedReading
from matinee.ingest.sniff import take_sample
from matinee.ingest.source import LeftOut
from matinee.ingest.stream import PACKED, Packed, pack
from matinee.types import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer as Buffer

    from matinee.ingest.source import Reading, Source

SHARED_FROM = 16 * 2**20
"""Bytes of a table from which several processes may read it. Another one needs half a second to
begin, in which one alone reads some ten thousand rows, 7 MB."""
SHARED = frozenset(("table", "netflix", "tmdb-5000", "movies-dataset"))
"""Sources that take their records from :func:`matinee.ingest.rows.table_records`."""
_LENGTH = 8
_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from matinee.ingest.stream_shares import main; main()"
)


@dataclass(frozen=True, slots=True)
class Block:
    """What became of the records of a block: its titles, and what to tell of the others."""

    titles: Packed
    told: list[Reject]


def shareable(source: Source, reading: Reading) -> bool:
    """Tell whether several processes may read a file."""
    large = reading.sample.size >= SHARED_FROM
    return large and reading.sample.form == "table" and source.name in SHARED


def read_shared(source: Source, reading: Reading, processes: int) -> Iterator[Block]:
    """Yield all blocks of a table, read by so many processes, ours among them.

    Raises:
        SourceError: the table cannot be read, or another process ended before its work.
    """
    shares = [Share(number, processes) for number in range(processes)]
    with ExitStack() as stack:
        parts = [stack.enter_context(_elsewhere(source, reading, s)) for s in shares[1:]]
        parts.insert(0, _blocks(source, reading, shares[0]))
        number = 0
        while True:
            block = next(parts[shares[0].owner(number)], None)
            if block is None:
                return
            yield block
            number += 1


def _blocks(source: Source, reading: Reading, share: Share) -> Iterator[Block]:
    """Yield the blocks of one process, also those in which there is nothing."""
    shared = SharedReading(
        reading.sample, reading.companions, reading.mapping, reading.namespace, share=share
    )
    shared.warnings = reading.warnings
    found: list[Any] = []
    lines: list[int] = []
    number = share.first()
    for item in source.read(shared):
        while number < shared.block():
            yield _block(found, lines)
            found, lines = [], []
            number = share.next(number)
        found.append(item)
        lines.append(shared.line)
    while number <= shared.block():
        yield _block(found, lines)
        found, lines = [], []
        number = share.next(number)


def _block(found: list[Any], lines: list[int]) -> Block:
    pairs = [(t, n) for t, n in zip(found, lines, strict=True) if not isinstance(t, Reject)]
    told = [item for item in found if isinstance(item, Reject)]
    return Block(pack([t for t, _ in pairs], [n for _, n in pairs]), told)


@contextmanager
def _elsewhere(source: Source, reading: Reading, share: Share) -> Iterator[Iterator[Block]]:
    """Start a process that reads its share; give its blocks."""
    task = {
        "source": source.name,
        "path": str(reading.sample.path),
        "companions": {role: str(s.path) for role, s in reading.companions.items()},
        "mapping": dict(reading.mapping),
        "namespace": reading.namespace,
        "share": asdict(share),
    }
    process = subprocess.Popen(  # noqa: S603  # nosec B603 -- this interpreter, and no shell
        [sys.executable, "-c", _PROGRAM, *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        try:
            # One that ended at once is noticed as its blocks are read.
            with suppress(BrokenPipeError):
                _of(process.stdin).write(json.dumps(task).encode())
                _of(process.stdin).close()
            yield _received(_of(process.stdout), str(reading.sample.path))
        finally:
            process.kill()


def _received(stream: IO[bytes], path: str) -> Iterator[Block]:
    while True:
        head = json.loads(
            _exactly(stream, int.from_bytes(_exactly(stream, _LENGTH, path), "big"), path)
        )
        if "error" in head:
            what, where, cure = head["error"]
            raise SourceError(what, where=where, cure=cure)
        if "end" in head:
            return
        buffer = pa.py_buffer(_exactly(stream, head["bytes"], path))
        nameless = [(i, bytes.fromhex(digest)) for i, digest in head["nameless"]]
        told = [(LeftOut if left_out else Reject)(**fields) for left_out, fields in head["told"]]
        yield Block(Packed(pa.ipc.read_record_batch(buffer, PACKED), nameless), told)


def _exactly(stream: IO[bytes], length: int, path: str) -> bytes:
    raw = stream.read(length)
    if len(raw) < length:
        raise SourceError(
            "a process that helped to read ended before its work was done",
            where=path,
            cure="Run the command again; with one process if memory is scarce",
        )
    return raw


def _of(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:  # pragma: no cover -- asked for above
        raise ValueError("the process has no pipe")
    return stream


def main() -> None:
    """Read a share as told by standard input; write its blocks to standard output."""
    from matinee.ingest.read import BUILTIN_SOURCES

    # Ctrl+C reaches both; whoever started this one stops it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Titles have no cycles; looking for them takes a tenth of the time.
    gc.disable()
    task = json.load(sys.stdin)
    out = sys.stdout.buffer
    source = next(s for s in BUILTIN_SOURCES if s.name == task["source"])
    companions = {role: take_sample(Path(p)) for role, p in task["companions"].items()}
    reading = SharedReading(
        take_sample(Path(task["path"])), companions, task["mapping"], task["namespace"]
    )
    try:
        try:
            for block in _blocks(source, reading, Share(**task["share"])):
                raw = block.titles.rows.serialize()
                head = {
                    "bytes": raw.size,
                    "nameless": [(i, digest.hex()) for i, digest in block.titles.nameless],
                    "told": [(isinstance(r, LeftOut), asdict(r)) for r in block.told],
                }
                _send(out, head, raw)
            _send(out, {"end": True})
        except SourceError as error:
            _send(out, {"error": [error.what, error.where, error.cure]})
    except BrokenPipeError:
        sys.exit(1)  # whoever wanted it is gone


def _send(out: IO[bytes], head: dict[str, Any], raw: Buffer = b"") -> None:
    text = json.dumps(head).encode()
    out.write(len(text).to_bytes(_LENGTH, "big"))
    out.write(text)
    out.write(raw)
    out.flush()
