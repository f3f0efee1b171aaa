"""What the tests run in processes of their own: ``python child.py WHAT URL ...``."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from matinee.deeds import Deed
from matinee.interaction import Action
from matinee.store import open_store
from matinee.store.records import Event, Kind


def rate(url: str, name: str, threads: str) -> None:
    """Rate titles until killed; tell each once it is said to be on disk."""
    store = open_store(url, timeout=30)
    person = store.accounts.ensure(name).key

    def work(thread: int) -> None:
        number = 0
        while True:
            title = f"{name}:{thread}-{number}"
            store.history.rate(person, [Deed(title, Action.RATING, 3.0)]).result()
            os.write(1, f"{title}\n".encode())
            number += 1

    with ThreadPoolExecutor(int(threads)) as pool:
        for done in [pool.submit(work, n) for n in range(int(threads))]:
            done.result()


def record(url: str, key: str, count: str) -> None:
    """Record one key from some threads at once; tell how often it was new."""
    store = open_store(url, timeout=30)
    store.ready()
    print("ready", flush=True)
    sys.stdin.readline()
    event = Event(kind=Kind.CLICK, title="tmdb:1", key=key, time=1)
    with ThreadPoolExecutor(int(count)) as pool:
        futures = pool.map(lambda _: store.events.record(None, [event]).result(), range(int(count)))
        print(sum(written.new for written in futures), flush=True)
    store.close()


def consume(url: str, when: str, seconds: str) -> None:
    """Consume events, counting them in a table of one number; die ``when`` it is said."""
    store = open_store(url, timeout=30)

    def effect(connection, events) -> None:  # type: ignore[no-untyped-def]
        connection.execute(text("UPDATE child_count SET n = n + :new"), {"new": len(events)})
        if when == "before-commit":
            os.kill(os.getpid(), signal.SIGKILL)

    if when == "any":
        # A timer of the system's: the moment must not depend on where Python is.
        signal.setitimer(signal.ITIMER_REAL, float(seconds))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    while store.events.consume("counter", effect, limit=3):
        if when == "after-commit":
            os.kill(os.getpid(), signal.SIGKILL)
    store.close()


def hold(url: str, seconds: str) -> None:
    """Keep the database locked for a while."""
    store = open_store(url)
    with store._database.writing() as connection:
        connection.execute(text("UPDATE people SET revision = revision"))
        print("held", flush=True)
        time.sleep(float(seconds))


if __name__ == "__main__":
    {"rate": rate, "record": record, "consume": consume, "hold": hold}[sys.argv[1]](*sys.argv[2:])
