"""The server in a process of its own: ``python -m matinee.testing.fake_tmdb --films 25000``.

It prints one line of JSON, ``{"url": ..., "key": ...}``, when it answers, and runs until it is told
to end. ``GET /counts`` says what was asked so far.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from matinee.errors import InputError
from matinee.testing.fake_tmdb import TODAY, FakeTmdb, Faults

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAULTS = {each.name: each.default for each in dataclasses.fields(Faults)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until a signal says to end."""
    parser = argparse.ArgumentParser(
        prog="python -m matinee.testing.fake_tmdb", description="A fake TMDb on loopback."
    )
    parser.add_argument("--port", type=int, default=0, help="to listen on; any, unless told")
    parser.add_argument("--films", type=int, default=25_000)
    parser.add_argument("--series", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0, help="of what is invented")
    parser.add_argument(
        "--today", type=dt.date.fromisoformat, default=TODAY, help=f"the day it is: {TODAY}"
    )
    parser.add_argument("--cap-total", action="store_true", help="never say more than 10,000")
    parser.add_argument(
        "--crowded",
        action="append",
        default=[],
        type=_crowd,
        metavar="DATE=COUNT",
        help="films more on a day",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="NAME=VALUE",
        help=f"what goes wrong: {', '.join(_FAULTS)}",
    )
    asked = parser.parse_args(arguments)
    try:
        tmdb = FakeTmdb(
            films=asked.films,
            series=asked.series,
            seed=asked.seed,
            port=asked.port,
            crowded=dict(asked.crowded),
            cap_total=asked.cap_total,
            today=asked.today,
            faults=Faults(**dict(asked.fault)),
        )
    except (InputError, OSError) as error:
        parser.error(str(error))
    ended = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: ended.set())
    with tmdb:
        sys.stdout.write(json.dumps({"url": tmdb.url, "key": tmdb.key}) + "\n")
        sys.stdout.flush()
        ended.wait()


def _crowd(text: str) -> tuple[dt.date, int]:
    day, _, count = text.partition("=")
    return dt.date.fromisoformat(day), int(count)


def _fault(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    if name not in _FAULTS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(_FAULTS)}")
    if name in ("retry_after", "under"):
        return name, value
    return name, float(value) if isinstance(_FAULTS[name], float) else int(value)


if __name__ == "__main__":
    main()
