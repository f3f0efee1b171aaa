"""The example that reads pages with a browser, on pages of the loopback interface."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from matinee.errors import InputError, SourceError
from matinee.ingest.enrich.output import read_provenance
from matinee.ingest.outside import Guard
from matinee.ingest.read import read_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

SCRIPT = Path(__file__).parents[3] / "examples/plots_from_pages/fetch_plots.py"
CHROMIUM = Path("/usr/bin/chromium")
PAGE = """<!doctype html><title>Heat</title><p>Menu</p><article></article>
<img src="/poster.jpg"><script src="%s/tracker.js"></script>
<script>setTimeout(() => {
  document.querySelector("article").innerHTML =
    "<p class=plot>A thief\\n and a <b>detective</b>.</p>"
}, 50)</script>"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fetch_plots", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fetch_plots"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def how(script: ModuleType, here: Guard, clock: Any) -> Callable[..., Any]:
    def make(**more: Any) -> Any:
        given = {
            "selector": ".plot",
            "licence": "CC BY 4.0",
            "agent": "matinee-test",
            "chromium": CHROMIUM,
            "guard": here,
            "sleep": clock.sleep,
            "now": clock,
        }
        return script.Fetching(**(given | more))

    return make


def html(reply: Any, text: str) -> Any:
    return reply(200, text.encode(), {"Content-Type": "text/html"})


@pytest.mark.extra
def test_texts_are_read_once_with_their_source(
    host: Any,
    script: ModuleType,
    how: Any,
    reply: Any,
    tmp_path: Path,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed: apt-get install -y chromium")
    other = host.url.replace("127.0.0.1", "localhost")
    host.robots = "User-agent: *\nDisallow: /private/\n"
    host.scripts["/heat"] = [html(reply, PAGE % other)]
    host.scripts["/empty"] = [html(reply, "<p>nothing here</p>")]
    host.scripts["/private/x"] = [html(reply, PAGE % other)]
    monkeypatch.setattr(script, "WAIT", 3.0)
    pages = [
        script.Page("tmdb:949", "Heat", 1995, host.url + "/heat"),
        script.Page("local:hidden", "Hidden", None, host.url + "/private/x"),
        script.Page("local:gone", "Gone", None, host.url + "/gone"),
        script.Page("local:empty", "Empty", None, host.url + "/empty"),
    ]
    out = tmp_path / "plots.jsonl"
    # A run that was killed while it wrote left half a line.
    out.write_text('{"id": "tmdb:9')
    without = script.fetch(pages, out, how())
    assert without == {
        "local:hidden": "robots.txt forbids it",
        "local:gone": "no text at '.plot'",
        "local:empty": "no text at '.plot'",
    }
    assert json.loads(out.read_text())["overview"] == "A thief and a detective."
    # No tracker and no picture; for an icon the browser asks of its own accord.
    asked = [path for path in host.paths if path != "/favicon.ico"]
    assert asked == ["/heat", "/gone", "/empty"]
    assert host.asked[0][2]["user-agent"] == "matinee-test"
    assert clock.slept == [5.0, 5.0]
    told = read_provenance([out])["tmdb:949"]["overview"]
    assert (told.source, told.url, told.licence) == ("pages", host.url + "/heat", "CC BY 4.0")
    assert script.fetch(pages[:1], out, how()) == {}
    assert host.paths.count("/heat") == 1
    (tmp_path / "films.csv").write_text("tmdb_id,title,year,plot\n949,Heat,1995,\n")
    table = read_catalogue([tmp_path / "films.csv", out]).table
    assert table["overview"].to_pylist() == ["A thief and a detective."]


def test_rules_that_cannot_be_read_and_inner_addresses(
    host: Any, script: ModuleType, how: Any, reply: Any
) -> None:
    host.scripts["/robots.txt"] = [reply(500)]
    with pytest.raises(SourceError, match="cannot be read"):
        script._rules(host.url, how())
    with pytest.raises(InputError, match="private network"):
        script._rules(host.url, how(guard=Guard(plain=True)))
    with pytest.raises(InputError, match="which is not asked"):
        script._rules(host.url, how(guard=Guard()))


def test_delays(host: Any, script: ModuleType, how: Any) -> None:
    host.robots = "User-agent: *\nCrawl-delay: 9\n"
    assert script._rules(host.url, how())[1] == 9
    host.robots = None
    assert script._rules(host.url, how())[1] == script.SECONDS


def test_lists_of_pages(script: ModuleType, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "pages.csv"
    path.write_text("id,title,year,url\ntmdb:949,Heat,1995,https://films.example/heat\n")
    assert script.read_pages(path) == [
        script.Page("tmdb:949", "Heat", 1995, "https://films.example/heat")
    ]
    path.write_text("id,title,year,url\ntmdb:949,Heat,1995,\n")
    given = ["--selector", "p", "--licence", "x", "--contact", "a@b.example", "--out"]
    assert script.main([str(path), *given, str(tmp_path / "out.jsonl")]) == 2
    assert "line 2" in capsys.readouterr().err
    assert script.main([str(path), *given, str(tmp_path / "out.csv")]) == 2
