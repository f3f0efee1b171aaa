"""What is counted of requests, stages and caches, with one worker and with several."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from matinee import timing
from matinee.errors import ModelError
from matinee.models import loading
from matinee.models.loading import Loaded
from matinee.service import create_app

if TYPE_CHECKING:
    from matinee.settings import Settings


def serving(library: Any, settings: Settings, *, quiet: bool = False) -> TestClient:
    app = create_app(library, settings=settings)
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=not quiet)


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(client: TestClient, name: str, **labels: str) -> float | None:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return samples(answer.text).get((name, frozenset(labels.items())))


def test_requests_are_counted_by_template_method_and_status(client: TestClient) -> None:
    for title in ("tmdb:603", "tmdb:2", "tmdb:404"):
        client.get(f"/v1/titles/{title}")
    client.post("/v1/search", json={"q": "x"})
    client.get("/nowhere/at/all")
    client.request("BREW", "/v1/search")
    name = "matinee_request_seconds_count"
    route = "/v1/titles/{title_id}"
    assert value(client, name, method="GET", route=route, status="200") == 2
    assert value(client, name, method="GET", route=route, status="404") == 1
    assert value(client, name, method="POST", route="/v1/search", status="200") == 1
    assert value(client, name, method="GET", route="unmatched", status="404") == 1
    text = client.get("/metrics").text
    assert "BREW" not in text
    assert 'method="OTHER"' in text
    assert "nowhere" not in text
    assert "tmdb:603" not in text


def test_a_fault_is_counted_as_500(library: Any, settings: Settings) -> None:
    with serving(library, settings, quiet=True) as client:
        client.get("/v1/search?q=explode")
        name = "matinee_request_seconds_count"
        assert value(client, name, method="GET", route="/v1/search", status="500") == 1
        # The one that asks is in flight itself, and nothing else is left over.
        assert value(client, "matinee_requests_in_flight") == 1


def test_the_format_is_that_of_prometheus(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    # Each family has help and a type, and buckets grow.
    families = list(text_string_to_metric_families(answer.text))
    assert all(family.documentation and family.type != "unknown" for family in families)
    client.get("/v1/search?q=x")
    buckets = [
        count
        for (name, labels), count in samples(client.get("/metrics").text).items()
        if name == "matinee_request_seconds_bucket" and ("route", "/v1/search") in labels
    ]
    assert len(buckets) == 16
    assert buckets == sorted(buckets)


def test_levels_and_caches(client: TestClient, library: Any) -> None:
    library.query_cache = (3, 1)
    version = re.search(
        r'matinee_info\{library="(.*)",matinee="(.*)"\} 1', client.get("/metrics").text
    )
    assert version is not None
    assert version[1] == "v0001"
    assert value(client, "matinee_library_titles") == len(library)
    assert value(client, "matinee_store_up") == 1
    assert (value(client, "matinee_store_bytes") or 0) > 0
    if sys.platform == "linux":
        assert 1e7 < (value(client, "matinee_resident_memory_bytes") or 0) < 1e11
    labels = {"cache": "query_vectors", "outcome": "hit"}
    assert value(client, "matinee_cache_lookups_total", **labels) == 3
    library.query_cache = (5, 1)
    assert value(client, "matinee_cache_lookups_total", **labels) == 5
    library.query_cache = (1, 0)  # another library, whose cache begins anew
    assert value(client, "matinee_cache_lookups_total", **labels) == 6
    client.app.state.metrics.caches["mine"] = lambda: (7, 2)  # type: ignore[attr-defined]
    assert value(client, "matinee_cache_lookups_total", cache="mine", outcome="miss") == 2


def test_a_version_that_was_swapped_out_is_no_longer_shown(
    client: TestClient, library: Any
) -> None:
    assert 'library="v0001"' in client.get("/metrics").text
    library.version = "v0002"
    text = client.get("/metrics").text
    assert 'library="v0002"' in text
    assert 'library="v0001"' not in text


def test_refusals_are_counted_by_their_reason(library: Any, settings: Settings) -> None:
    settings = replace(settings, max_body=1_000)
    with serving(library, settings) as client:
        answer = client.post("/v1/search", json={"q": "x" * 2_000})
        assert answer.status_code == 413
        assert value(client, "matinee_requests_refused_total", reason="body") == 1


def test_stages_of_searches_are_counted_while_the_app_runs(
    library: Any, settings: Settings
) -> None:
    assert timing.observe is None
    with serving(library, settings) as client:
        clock = timing.Clock("search")
        clock.lap("fuse", None)
        assert value(client, "matinee_stage_seconds_count", stage="search.fuse") == 1
    assert timing.observe is None


def test_loads_of_models_are_counted_while_the_app_runs(library: Any, settings: Settings) -> None:
    def fail() -> None:
        raise ModelError("There is no memory left")

    assert loading.observe is None
    with serving(library, settings) as client:
        name = "matinee_model_load_seconds_count"
        assert value(client, name, model="clip", outcome="loaded") is None
        clip, blip = Loaded("clip", dict), Loaded("blip", fail)
        for _ in range(3):
            clip()
        for _ in range(2):
            with pytest.raises(ModelError):
                blip()
        assert value(client, name, model="clip", outcome="loaded") == 1
        assert value(client, name, model="clip", outcome="failed") is None
        assert value(client, name, model="blip", outcome="failed") == 2
        took = value(client, "matinee_model_load_seconds_sum", model="clip", outcome="loaded")
        assert 0.0 <= (took or 0.0) < 60.0
    assert loading.observe is None


def test_a_real_search_tells_its_stages(demo: Any, settings: Settings) -> None:
    with serving(demo, settings) as client:
        assert client.get("/v1/search", params={"q": "a heist that no one has seen"}).is_success
        for stage in ("understand", "constrain", "retrieve", "encode", "fuse", "weigh", "rerank"):
            counted = value(client, "matinee_stage_seconds_count", stage=f"search.{stage}")
            assert (counted or 0) >= 1, stage
        labels = {"cache": "query_vectors", "outcome": "miss"}
        assert (value(client, "matinee_cache_lookups_total", **labels) or 0) >= 1
        text = client.get("/metrics").text
        assert re.search(r'matinee_library_bytes\{part="dense.faiss"\} \d', text)


def test_apps_do_not_count_for_each_other(library: Any, settings: Settings) -> None:
    with serving(library, settings) as one, serving(library, settings) as other:
        one.get("/v1/search?q=x")
        labels = {"method": "GET", "route": "/v1/search", "status": "200"}
        assert value(one, "matinee_request_seconds_count", **labels) == 1
        assert value(other, "matinee_request_seconds_count", **labels) is None


def test_metrics_are_for_administrators(library: Any, settings: Settings) -> None:
    settings = replace(settings, accounts="on")
    with serving(library, settings) as client:
        assert client.get("/metrics").status_code == 401


WORKER = """
import sys
from pathlib import Path
from types import SimpleNamespace
from matinee.service import metrics
if sys.argv[1] == "first":
    # The module is loaded already, as in a server that forks its workers.
    metrics.prepare_metrics(Path(sys.argv[2]))
counts = metrics.Metrics()
counts.begun()
counts.begun()
counts.ended({"method": "GET", "state": {"refused": "queue"}}, "/v1/search", 503, 0.004)
counts.stage("search.fuse", 0.001)
if sys.argv[1] == "last":
    print(counts.render(SimpleNamespace()).decode())
"""


@pytest.mark.extra
def test_workers_put_their_counts_together(tmp_path: Path) -> None:
    folder = tmp_path / "counts"
    folder.mkdir()
    (folder / "counter_1.db").write_bytes(b"of an earlier run")

    def run(which: str, **environment: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", WORKER, which, str(folder)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **environment},
        ).stdout

    run("first")
    assert not (folder / "counter_1.db").exists()
    shared = {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    run("second", **shared)
    found = samples(run("last", **shared))
    labels = frozenset({("method", "GET"), ("route", "/v1/search"), ("status", "503")})
    assert found["matinee_request_seconds_count", labels] == 3
    assert found["matinee_request_seconds_sum", labels] == pytest.approx(0.012)
    assert found["matinee_requests_refused_total", frozenset({("reason", "queue")})] == 3
    assert found["matinee_requests_in_flight", frozenset()] == 3
    assert found["matinee_stage_seconds_count", frozenset({("stage", "search.fuse")})] == 3


def test_a_dead_worker_is_no_longer_in_flight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matinee.service import metrics

    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    done = subprocess.Popen(
        [sys.executable, "-c", WORKER, "second", str(tmp_path)], env={**os.environ}
    )
    assert done.wait() == 0
    shared = metrics.Metrics()
    assert b"matinee_requests_in_flight 1.0" in shared.render(SimpleNamespace())  # type: ignore[arg-type]
    metrics.forget_worker(done.pid)
    text = shared.render(SimpleNamespace())  # type: ignore[arg-type]
    assert b"matinee_requests_in_flight" not in text
    assert b"matinee_requests_refused_total" in text


def test_every_metric_is_documented_and_nothing_else_is(demo: Any, settings: Settings) -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/operate.md").read_text(encoding="utf-8")
    rows = "\n".join(re.findall(r"^\| (`matinee_.*?) \|", page, re.MULTILINE))
    documented = set(re.findall(r"`(matinee_\w+)`", rows))
    with serving(demo, settings) as client:
        client.get("/v1/search?q=x")
        families = text_string_to_metric_families(client.get("/metrics").text)
        shown = {
            family.name + ("_total" if family.type == "counter" else "") for family in families
        }
    # Elsewhere than on Linux the system does not tell the memory.
    absent = {"matinee_resident_memory_bytes"}
    assert shown - absent == documented - absent
