"""Jobs over HTTP, and the processes they run in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import matinee
from matinee.cli import progress
from matinee.errors import QueryError, StoreUnavailableError
from matinee.service import create_app, jobs_child
from matinee.service.jobs import JobConfig, Runner, cancel, over
from matinee.service.jobs_kinds import KINDS, command
from matinee.service.routes import jobs as routes
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import JobState, Role

FAST = JobConfig(poll=0.05, beat=0.2, grace=2.0)
PATIENCE = 60.0
"""Seconds to wait for something that takes one or two on a machine with nothing else to do."""
BEGIN = "import os, signal, sys, time\nwhile os.read(0, 1) != b'\\n': pass\n"
"""What the children of these tests do first: read the settings, as the real one does."""


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A small library on disk."""
    folder = tmp_path_factory.mktemp("films")
    rows = "".join(f"Film {i},{1950 + i},A story of number {i}.\n" for i in range(20))
    (folder / "films.csv").write_text("title,year,plot\n" + rows)
    matinee.build([folder / "films.csv"], folder / "library")
    return folder


@pytest.fixture
def program(monkeypatch):
    """Let the children of jobs run other code than the command line."""

    def other(code):
        monkeypatch.setattr(jobs_child, "_MAIN", BEGIN + code)

    return other


@pytest.fixture
def run(store):
    """Start runners, which are stopped at the end."""
    started = []

    def begin(**changes):
        runner = Runner(store, config=FAST, **changes)
        runner.start()
        started.append(runner)
        return runner

    yield begin
    for runner in started:
        runner.stop()


def until(true):
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)
    return found


def ended(store, key):
    return until(lambda: job if over(job := store.jobs.get(key)) else None)


def state(store, key):
    return store.jobs.get(key).state


# Kinds


def test_arguments_become_words_that_no_option_can_be_put_into():
    given = {"ratings": ["r.csv"], "models": ["ease"], "seed": 3, "strict": True, "max_gb": 1.5}
    assert command("train", given) == [
        *("train", "taste", "--model=ease", "--strict", "--seed=3", "--max-gb=1.5", "--", "r.csv")
    ]
    assert command("backup", {"to": "b.zip"}) == ["backup", "--", "b.zip"]
    assert command("verify", {}) == ["verify"]


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("sell", {}),
        ("verify", {"library": "x"}),
        ("build", {}),
        ("build", {"paths": []}),
        ("build", {"paths": ["--help"]}),
        ("build", {"paths": "films.csv"}),
        ("build", {"paths": [1]}),
        ("build", {"paths": ["a\0b"]}),
        ("build", {"paths": ["a"], "strict": "yes"}),
        ("build", {"paths": ["a"], "encoder": "-x"}),
        ("train", {"ratings": ["a"], "seed": -1}),
        ("train", {"ratings": ["a"], "max_gb": 0}),
        ("backup", {"to": ""}),
        ("backup", {"to": "-"}),
    ],
)
def test_arguments_of_another_kind_are_refused(kind, arguments):
    with pytest.raises(QueryError):
        command(kind, arguments)


# Running


def test_a_library_is_verified_to_the_end(store, run, films):
    run(environment=lambda: {"MATINEE_LIBRARY": str(films / "library")})
    job = store.jobs.create("verify", {}).result()
    done = ended(store, job.key)
    assert (done.state, done.done, done.total) == (JobState.DONE, 1, 1), done.message
    assert "files are as they were built" in done.message


def test_a_damaged_library_fails_with_what_is_wrong(store, run, films, tmp_path):
    subprocess.run(["cp", "-r", films / "library", tmp_path / "copy"], check=True)
    file = next((tmp_path / "copy").rglob("catalogue.parquet"))
    file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])
    run(environment=lambda: {"MATINEE_LIBRARY": str(tmp_path / "copy")})
    failed = ended(store, store.jobs.create("verify", {}).result().key)
    assert failed.state is JobState.FAILED
    assert "catalogue.parquet" in failed.message


def test_a_library_is_built(store, run, films, tmp_path):
    run(environment=lambda: {"MATINEE_LIBRARY": str(tmp_path / "new")})
    job = store.jobs.create("build", {"paths": [str(films / "films.csv")]}).result()
    assert ended(store, job.key).state is JobState.DONE
    assert len(matinee.open(tmp_path / "new")) == 20


def test_progress_is_read_from_the_child(store, run, program):
    program(
        'print(\'{"stage": "Encoding", "done": 3, "total": 9}\', file=sys.stderr, flush=True)'
        "\nwhile True: time.sleep(0.1)"
    )
    run()
    job = store.jobs.create("verify", {}).result()
    seen = until(lambda: now if (now := store.jobs.get(job.key)).total else None)
    assert (seen.message, seen.done, seen.total) == ("Encoding", 3, 9)
    first = seen.beat
    assert until(lambda: store.jobs.get(job.key).beat > first)


def test_commands_tell_their_progress_in_a_way_that_is_read(store, run, program):
    program(
        "from matinee.cli import progress\nprogress.for_programs()\n"
        "with progress.Steps() as steps:\n    steps('Learning', 1, 4)\n    time.sleep(600)"
    )
    run()
    job = store.jobs.create("train", {"ratings": ["x"]}).result()
    seen = until(lambda: now if (now := store.jobs.get(job.key)).total else None)
    assert (seen.message, seen.done, seen.total) == ("Learning", 1, 4)


def test_steps_that_follow_each_other_at_once_are_not_all_told(capsys):
    lines = progress.Lines({"read": "Reading"})
    for done in range(1_001):
        lines("read", done, 1_000)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert told[0] == {"stage": "Reading", "done": 0, "total": 1_000}
    assert told[-1]["done"] == 1_000
    assert len(told) < 100


def test_jobs_run_one_after_the_other_whoever_runs_them(store, run, program, tmp_path):
    # Each child fails if it finds the mark of another.
    mark = str(tmp_path / "mark")
    program(f"fd = os.open({mark!r}, os.O_CREAT | os.O_EXCL)\ntime.sleep(0.2)\nos.unlink({mark!r})")
    keys = [store.jobs.create("verify", {}).result().key for _ in range(4)]
    for _ in range(3):
        run()
    assert [ended(store, key).state for key in keys] == [JobState.DONE] * 4
    times = [store.jobs.get(key).ended for key in keys]
    assert times == sorted(times)


def test_a_job_that_runs_is_cancelled(store, run, program):
    program("time.sleep(600)")
    run()
    job = store.jobs.create("verify", {}).result()
    until(lambda: state(store, job.key) is JobState.RUNNING)
    cancel(store, store.jobs.get(job.key))
    done = ended(store, job.key)
    assert (done.state, done.message) == (JobState.CANCELLED, "Cancelled")
    # The next one gets its turn.
    program("pass")
    assert ended(store, store.jobs.create("verify", {}).result().key).state is JobState.DONE


def test_one_that_will_not_end_is_killed_after_the_grace(store, run, program, tmp_path):
    ready = tmp_path / "pid"
    program(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(ready)!r}, 'w').write(str(os.getpid()) + '.')\nwhile True: time.sleep(1)"
    )
    run()
    job = store.jobs.create("verify", {}).result()
    pid = until(lambda: ready.exists() and ready.read_text().endswith(".") and ready.read_text())
    cancel(store, store.jobs.get(job.key))
    assert ended(store, job.key).state is JobState.CANCELLED
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid[:-1]), 0)


def test_a_child_that_is_killed_fails_its_job_and_no_more(store, run, program):
    program("os.kill(os.getpid(), signal.SIGKILL)")
    run()
    failed = ended(store, store.jobs.create("verify", {}).result().key)
    assert failed.state is JobState.FAILED
    assert "SIGKILL" in failed.message
    program("pass")
    assert ended(store, store.jobs.create("verify", {}).result().key).state is JobState.DONE


def test_a_child_that_fails_says_why(store, run, program):
    program("print('error: The disk is full.', file=sys.stderr)\nsys.exit(3)")
    run()
    failed = ended(store, store.jobs.create("verify", {}).result().key)
    assert (failed.state, failed.message) == (JobState.FAILED, "The disk is full.")


def test_a_kind_from_another_version_fails_and_is_not_claimed_for_ever(store, run):
    job = store.jobs.create("build", {"paths": ["x"], "colour": "red"}).result()
    run()
    assert ended(store, job.key).state is JobState.FAILED
    unknown = store.jobs.create("dance", {}).result()
    time.sleep(0.3)
    assert state(store, unknown.key) is JobState.WAITING


# Ends of servers


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_server_that_stops_leaves_the_job_to_the_next_or_fails_it(store, run, program, kind):
    program("time.sleep(600)")
    arguments = {"build": {"paths": ["x"]}, "train": {"ratings": ["x"]}, "backup": {"to": "x"}}
    job = store.jobs.create(kind, arguments.get(kind, {})).result()
    runner = run()
    until(lambda: state(store, job.key) is JobState.RUNNING)
    until(lambda: store.jobs.get(job.key).message)
    runner.stop()
    left = store.jobs.get(job.key)
    if not KINDS[kind].resumable:
        assert left.state is JobState.FAILED
        assert "stopped" in left.message
        return
    assert (left.state, left.started, left.beat) == (JobState.WAITING, None, None)
    program("pass")
    run()
    assert ended(store, job.key).state is JobState.DONE


@pytest.mark.parametrize("kind", ["verify", "backup"])
def test_a_job_whose_server_died_is_taken_over_or_fails(store, run, program, kind):
    program("pass")
    job = store.jobs.create(kind, {"to": "x"} if kind == "backup" else {}).result()
    store.jobs.claim([kind])
    store.jobs.update(job.key, beat=int(time.time()) - 100).result()
    run()
    taken = ended(store, job.key)
    if kind == "verify":
        assert taken.state is JobState.DONE
    else:
        assert taken.state is JobState.FAILED
        assert "died" in taken.message


def test_a_job_that_another_server_runs_is_left_to_it(store, run, program):
    program("pass")
    theirs = store.jobs.create("verify", {}).result()
    store.jobs.claim(["verify"])
    ours = store.jobs.create("verify", {}).result()
    run()
    time.sleep(0.3)
    assert state(store, theirs.key) is JobState.RUNNING
    assert state(store, ours.key) is JobState.WAITING
    # They are done, and ours gets its turn.
    store.jobs.update(theirs.key, state=JobState.DONE, ended=int(time.time())).result()
    assert ended(store, ours.key).state is JobState.DONE


def test_a_child_ends_when_its_server_is_killed(tmp_path):
    """The parent here starts a child that waits, says its number, and is killed."""
    code = (
        "import time\nfrom matinee.service import jobs_child\n"
        "main = jobs_child._MAIN.split('from matinee')[0]\n"
        "jobs_child._MAIN = main + 'import time; time.sleep(600)'\n"
        "child = jobs_child.start([], {})\n"
        "print(child._process.pid, flush=True)\ntime.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with parent:
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
        parent.send_signal(signal.SIGKILL)

    def gone():
        try:
            # In a container without an init nobody takes the dead away: a zombie has ended too.
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    until(gone)


def test_a_store_that_is_away_for_a_while_does_not_end_the_runner(store, run, program, monkeypatch):
    program("pass")
    real, calls = store.jobs.all, []

    def flaky(limit=100):
        calls.append(limit)
        if len(calls) < 4:
            raise StoreUnavailableError("The store does not answer")
        return real(limit)

    monkeypatch.setattr(store.jobs, "all", flaky)
    run()
    assert ended(store, store.jobs.create("verify", {}).result().key).state is JobState.DONE


# HTTP


@pytest.fixture
def client(library, store):
    app = create_app(library, settings=Settings(), store=store)
    with TestClient(app, base_url="http://localhost") as made:
        yield made


def test_a_job_is_asked_for_followed_and_done(client, store, program):
    program(
        'print(\'{"stage": "Reading", "done": 1, "total": 2}\', file=sys.stderr, flush=True)'
        "\ntime.sleep(1.5)\nprint('All is well')"
    )
    answer = client.post("/v1/jobs", json={"kind": "verify"})
    assert answer.status_code == 202
    key = answer.json()["key"]
    assert answer.headers["location"] == f"/v1/jobs/{key}"
    followed = client.get(f"/v1/jobs/{key}/events")
    assert followed.headers["content-type"].startswith("text/event-stream")
    events = [part.split("\n") for part in followed.text.strip().split("\n\n")]
    names = [lines[0].removeprefix("event: ") for lines in events if not lines[0].startswith(":")]
    assert names[-1] == "end"
    assert set(names[:-1]) == {"progress"}
    told = [json.loads(lines[1].removeprefix("data: ")) for lines in events if len(lines) > 1]
    assert told[-1]["state"] == "done"
    assert told[-1]["message"] == "All is well"
    assert "Reading" in [each["message"] for each in told]
    assert client.get(f"/v1/jobs/{key}").json() == told[-1]
    assert client.get("/v1/jobs").json()["jobs"] == [told[-1]]
    # One that has ended is told once.
    assert client.get(f"/v1/jobs/{key}/events").text.count("event: ") == 1


def test_silence_is_filled_with_comments(client, store, program, monkeypatch):
    monkeypatch.setattr(routes, "LOOK", 0.05)
    monkeypatch.setattr(routes, "HEARTBEAT", 0.1)
    program("time.sleep(1)")
    key = client.post("/v1/jobs", json={"kind": "verify"}).json()["key"]
    assert ": still there\n\n" in client.get(f"/v1/jobs/{key}/events").text


def test_a_job_is_called_off_and_run_again(client, store, program):
    program("time.sleep(600)")
    key = client.post("/v1/jobs", json={"kind": "verify"}).json()["key"]
    waiting = client.post("/v1/jobs", json={"kind": "verify"}).json()["key"]
    assert client.post(f"/v1/jobs/{key}/retry").status_code == 409
    answer = client.post(f"/v1/jobs/{waiting}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert answer.json()["ended"] is not None
    until(lambda: state(store, key) is JobState.RUNNING)
    assert client.post(f"/v1/jobs/{key}/cancel").json()["state"] == "cancelled"
    ended(store, key)
    program("pass")
    answer = client.post(f"/v1/jobs/{key}/retry")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert ended(store, key).state is JobState.DONE
    assert client.post(f"/v1/jobs/{key}/cancel").status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "dance"},
        {"kind": "build"},
        {"kind": "build", "arguments": {"paths": ["-x"]}},
        {"kind": "verify", "arguments": {"x": 1}},
        {"kind": "verify", "more": 1},
        {"kind": "backup", "arguments": {"paths": ["films.csv"]}},
        {"kind": "build", "arguments": {"to": "b.zip"}},
        {"kind": "build", "arguments": {"paths": ["a\n"]}},
        {"kind": "train", "arguments": {"ratings": ["r.csv"], "seed": 1.5}},
        {"kind": ["build"], "arguments": {"paths": ["a"]}},
        {"arguments": {"paths": ["a"]}},
        [],
    ],
)
def test_a_job_that_cannot_be_is_refused(client, store, body):
    assert client.post("/v1/jobs", json=body).status_code == 422
    assert store.jobs.all() == []


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "verify", "arguments": {}},
        {"kind": "build", "arguments": {"paths": ["Ein Film – \u00a0.csv"], "strict": True}},
        {"kind": "train", "arguments": {"ratings": ["r.csv"], "seed": 3.0, "max_gb": 2}},
        {"kind": "backup", "arguments": {"to": "b.zip"}},
    ],
)
def test_a_job_is_kept_as_it_was_asked_for(client, store, program, body):
    program("pass")
    answer = client.post("/v1/jobs", json=body)
    assert answer.status_code == 202, answer.text
    assert (answer.json()["kind"], answer.json()["arguments"]) == (body["kind"], body["arguments"])
    job = ended(store, answer.json()["key"])
    assert (job.state, job.arguments) == (JobState.DONE, body["arguments"])


def test_the_document_tells_the_arguments_of_each_kind(client):
    made = client.get("/openapi.json").json()
    known = made["components"]["schemas"]
    content = made["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"]
    told = content["schema"]["discriminator"]["mapping"]
    assert set(told) == set(KINDS)
    for kind, reference in told.items():
        shape = known[reference.rpartition("/")[2]]
        arguments = known[shape["properties"]["arguments"]["$ref"].rpartition("/")[2]]
        assert set(arguments["properties"]) == set(KINDS[kind].arguments.model_fields)
        assert ("arguments" in shape["required"]) == (kind != "verify")


def test_there_is_no_job_of_another_number(client):
    for path in ("/v1/jobs/99", "/v1/jobs/99/events"):
        assert client.get(path).status_code == 404
    for path in ("/v1/jobs/99/cancel", "/v1/jobs/99/retry"):
        assert client.post(path).status_code == 404
    assert client.get("/v1/jobs/0").status_code == 422


def test_only_administrators_may(library, store):
    store.accounts.create("root", role=Role.ADMIN).result()
    store.accounts.create("ann").result()
    _, secret = store.tokens.create("ann").result()
    app = create_app(library, settings=Settings(accounts="on"), store=store)
    headers = {"authorization": f"Bearer {secret}"}
    with TestClient(app, base_url="http://localhost", headers=headers) as ann:
        assert ann.get("/v1/jobs").status_code == 403
        assert ann.get("/v1/jobs/1/events").status_code == 403
        assert ann.post("/v1/jobs", json={"kind": "verify"}).status_code == 403
        assert ann.post("/v1/jobs/1/cancel").status_code == 403
    assert store.jobs.all() == []


def test_the_runner_ends_with_the_app(library, store):
    app = create_app(library, settings=Settings(), store=store)
    with TestClient(app, base_url="http://localhost"):
        assert any(thread.name == "matinee-jobs" for thread in threading.enumerate())
    assert not any(thread.name == "matinee-jobs" for thread in threading.enumerate())
