"""Plots from web pages that you may read, through a browser, one page at a time.

An example, no part of the package: for pages that show their text only once a script has run, or
only to who is signed in. You list the pages and say which element holds the plot; you answer for
it that their terms let a program read them. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import datetime as dt
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from matinee.errors import InputError, MatineeError, SourceError
from matinee.ingest.asking.agent import agent
from matinee.ingest.enrich.robots import Robots
from matinee.ingest.outside import Guard, open_client, within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SECONDS = 5.0
"""Between two pages of a host, where its robots.txt wants no more: a person reads no faster."""
WAIT = 15.0
"""Seconds for a page to come, and for the plot to appear in it."""
ROBOTS_BYTES = 500 * 1024
_LEFT_OUT = frozenset(("image", "media", "font"))
"""Not needed for a text, and most of what a page weighs."""


@dataclass(frozen=True, slots=True)
class Page:
    """A title and the page on it."""

    id: str
    title: str
    year: int | None
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """How pages are read.

    Attributes:
        selector: CSS of the element that holds the plot; the first one counts.
        licence: under which you may use the texts; it is kept beside each.
        agent: what we call ourselves.
        profile: folder of a browser profile, in which you may have signed in; None for a bare one.
        chromium: path of the browser; None for Playwright's own.
        guard: which addresses may be reached.
        sleep: waits.
        now: a clock, in seconds.
    """

    selector: str
    licence: str
    agent: str
    profile: Path | None = None
    chromium: Path | None = None
    guard: Guard = Guard()  # noqa: RUF009 -- frozen
    sleep: Callable[[float], object] = time.sleep
    now: Callable[[], float] = time.monotonic


def read_pages(path: Path) -> list[Page]:
    """Return the pages of a CSV with the columns id, title, year and url.

    Raises:
        SourceError: a column or a value is missing.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        pages = []
        for number, row in enumerate(csv.DictReader(stream), 2):
            if not all(row.get(name) for name in ("id", "title", "url")):
                raise SourceError(
                    "A page needs an id, a title and an address",
                    where=f"{path}, line {number}",
                    cure="Fill the columns id, title, url, and year where it is known",
                )
            year = int(row["year"]) if (row.get("year") or "").isdecimal() else None
            pages.append(Page(row["id"], row["title"], year, row["url"]))
    return pages


def fetch(pages: Sequence[Page], out: Path, how: Fetching) -> dict[str, str]:
    """Append the plots of pages to ``out``, and return why others have none, by id.

    What is there already is not fetched again, so that a run that was killed goes on where it was.

    Raises:
        MatineeError: an address leads into a private network, or robots.txt cannot be read.
    """
    done = _repair(out)
    wanted = [page for page in pages if page.id not in done]
    without: dict[str, str] = {}
    if not wanted:
        return without
    proofs = out.with_name(f"{out.stem}.provenance.jsonl")
    _repair(proofs)
    rules: dict[str, tuple[Robots, float]] = {}
    last: dict[str, float] = {}
    with _browser(how) as tab:
        for page in wanted:
            origin = _origin(page.url)
            if origin not in rules:
                rules[origin] = _rules(origin, how)
            robots, distance = rules[origin]
            if not robots.allows(page.url):
                without[page.id] = "robots.txt forbids it"
                continue
            if origin in last and (rest := last[origin] + distance - how.now()) > 0:
                how.sleep(rest)
            text = _plot(tab, page.url, origin, how)
            last[origin] = how.now()
            if not text:
                without[page.id] = f"no text at {how.selector!r}"
                continue
            where = {
                "source": "pages",
                "url": page.url,
                "retrieved": dt.datetime.now(tz=dt.UTC).date().isoformat(),
                "licence": how.licence,
            }
            # The proof first: a text without it would look as if it were your own.
            _append(proofs, {"id": page.id, "fields": {"overview": where}})
            year = {} if page.year is None else {"year": page.year}
            _append(out, {"id": page.id, "title": page.title, **year, "overview": text})
    return without


@contextlib.contextmanager
def _browser(how: Fetching) -> Iterator[Any]:
    """Give a tab of a browser that is closed at the end."""
    from playwright.sync_api import sync_playwright

    options: dict[str, Any] = {"executable_path": how.chromium, "args": ["--disable-gpu"]}
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # Chromium has no sandbox for root
        options["args"].append("--no-sandbox")
    session: dict[str, Any] = {"user_agent": how.agent, "service_workers": "block"}
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        if how.profile is None:
            context = chromium.launch(**options).new_context(**session)
        else:
            context = chromium.launch_persistent_context(how.profile, **options, **session)
        with context:
            yield context.new_page()


def _plot(tab: Any, url: str, origin: str, how: Fetching) -> str:
    """Return the text of the element, empty where there is none in time."""
    from playwright.sync_api import Error

    def let_through(route: Any) -> None:
        request = route.request
        # Nothing of other hosts: no trackers, no advertisements, and no way into a network.
        if _origin(request.url) != origin or request.resource_type in _LEFT_OUT:
            route.abort()
        else:
            route.continue_()

    parts = httpx2.URL(url)
    how.guard.check(parts)
    how.guard.addresses(parts.host, parts.port or (443 if parts.scheme == "https" else 80))
    tab.unroute_all()
    tab.route("**/*", let_through)
    try:
        answer = tab.goto(url, timeout=WAIT * 1000, wait_until="domcontentloaded")
        if answer is None or not answer.ok:
            return ""
        found = tab.locator(how.selector).first
        found.wait_for(state="visible", timeout=WAIT * 1000)
        return " ".join(found.inner_text().split())
    except Error:
        return ""


def _rules(origin: str, how: Fetching) -> tuple[Robots, float]:
    """Return what a host tells robots, and the seconds between two of its pages."""
    url = f"{origin}/robots.txt"
    with open_client(how.guard, agent=how.agent) as client:
        try:
            with within(WAIT), client.stream("GET", url) as answer:
                text = bytearray()
                for piece in answer.iter_raw():
                    text += piece
                    if len(text) > ROBOTS_BYTES:
                        break
        except httpx2.TransportError as error:
            raise SourceError("robots.txt cannot be read", where=f"{url}: {error}") from error
    if answer.status_code >= 500:
        raise SourceError("robots.txt cannot be read", where=f"{url}: {answer.status_code}")
    robots = Robots(text.decode("utf-8", "replace") if answer.status_code == 200 else "")
    return robots, max(SECONDS, robots.delay())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _repair(path: Path) -> set[str]:
    """Return the ids of a file of JSON lines, without a last line that was cut short."""
    if not path.exists():
        return set()
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        path.write_bytes(whole)
    return {json.loads(line)["id"] for line in whole.splitlines()}


def _append(path: Path, row: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8", newline="\n") as stream:
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(description="Plots from web pages that you may read.")
    parser.add_argument("pages", type=Path, help="CSV: id, title, year, url")
    parser.add_argument("--selector", required=True, help="CSS of the element with the plot")
    parser.add_argument("--licence", required=True, help="under which you may use the texts")
    parser.add_argument("--contact", required=True, help="mail or web address to reach you by")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines to add to")
    parser.add_argument("--profile", type=Path, help="folder of a browser profile of yours")
    parser.add_argument("--chromium", type=Path, help="the browser, if not Playwright's own")
    given = parser.parse_args(arguments)
    try:
        if given.out.suffix != ".jsonl":
            raise InputError("The output is written as JSON lines", where=str(given.out))
        how = Fetching(
            selector=given.selector,
            licence=given.licence,
            agent=agent(given.contact),
            profile=given.profile,
            chromium=given.chromium,
        )
        without = fetch(read_pages(given.pages), given.out, how)
    except MatineeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for own, reason in without.items():
        print(f"{own}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
