"""The page of administrators: what it shows in every state, and what its forms do."""

from __future__ import annotations

import re
import time

import pytest
from starlette.testclient import TestClient

import matinee
from matinee.errors import StoreUnavailableError
from matinee.library import versions
from matinee.pipeline.taste import Card
from matinee.service import create_app
from matinee.service.admin_jobs import Paces, followed, shown
from matinee.service.admin_taste import evaluation_of
from matinee.service.routes import admin
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Job, JobState, Role

SAID = "long enough a word"
HTML = {"accept": "text/html"}
FRAGMENT = {"x-matinee-fragment": "jobs"}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A library on disk with two versions, the second one current."""
    folder = tmp_path_factory.mktemp("films")
    for count in (12, 15):
        rows = "".join(f"Film {i},{1950 + i},A story of number {i}.\n" for i in range(count))
        (folder / "films.csv").write_text("title,year,plot\n" + rows)
        matinee.build([folder / "films.csv"], folder / "library")
    return folder / "library"


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


@pytest.fixture
def app_of(store):
    """Return an app that serves; without its runner, so that jobs stay as a test has them."""

    def made(library=None, path=None, **settings):
        app = create_app(library, path=path, settings=Settings(**settings), store=store)
        if "/admin" not in {getattr(route, "path", "") for route in app.routes}:
            app.include_router(admin.router)
        return app

    return made


@pytest.fixture
def client(app_of, library):
    return TestClient(app_of(library), base_url="http://localhost", headers=HTML)


@pytest.fixture
def on_disk(app_of, films):
    versions.point_to(films, "v0002")
    return TestClient(app_of(matinee.open(films)), base_url="http://localhost", headers=HTML)


def section(text, name):
    """Return a part of the page, without tags, its white space made single."""
    found = re.search(rf'<(section|div)[^>]* id="{name}".*?</\1>', text, re.DOTALL)
    assert found, f"no part {name}"
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def job_of(store, kind="build", arguments=None, **changes):
    made = store.jobs.create(kind, arguments or {"paths": ["/data/films.csv"]}).result()
    return store.jobs.update(made.key, **changes).result() if changes else made


# What is shown


def test_a_library_in_memory_is_shown_as_far_as_it_is_known(client):
    answer = client.get("/admin")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.count("<h1") == 1
    assert section(answer.text, "health").count("works") == 3
    assert "v0001 answers, with 45 titles." in section(answer.text, "health")
    assert "lies in memory" in section(answer.text, "library")
    assert "Nothing has been asked for yet" in section(answer.text, "jobs")
    assert "Nothing was searched for" in section(answer.text, "latency")
    assert "matinee train taste RATINGS --measure" in section(answer.text, "evaluation")
    assert "default" in section(answer.text, "people")


def test_what_a_library_has_and_lacks(on_disk):
    told = section(on_disk.get("/admin").text, "library")
    assert "Version v0002 Titles 15" in told
    assert "Vectors 15 titles by all-MiniLM-L6-v2" in told
    for lacking, command in {
        "Posters": "matinee build FILES --posters FOLDER",
        "Taste models": "matinee train taste RATINGS",
        "Predicted stars": "matinee train taste RATINGS",
    }.items():
        assert re.search(rf"{lacking} missing: [^&]*{re.escape(command)}", told), told


def test_models_are_told_with_the_command_that_brings_them(on_disk):
    told = section(on_disk.get("/admin").text, "models")
    assert "all-MiniLM-L6-v2 comes with Matinee" in told
    assert "used for this library" in told
    for name in re.findall(r"(\S+) missing", told):
        assert f"matinee models pull {name}" in told


def test_latency_is_drawn_once_there_is_some(client):
    client.get("/v1/search", params={"q": "heist"})
    told = client.get("/admin").text
    assert "<svg" in told.partition('id="latency"')[2]
    assert "p95" in told


def test_without_a_library_the_page_says_what_to_do(app_of, tmp_path):
    with TestClient(
        app_of(path=tmp_path / "none"), base_url="http://localhost", headers=HTML
    ) as client:
        answer = client.get("/admin")
    assert answer.status_code == 200
    assert "There is no library here" in section(answer.text, "health")
    assert "does not work" in section(answer.text, "health")
    assert "matinee build FILES" in section(answer.text, "library")
    assert 'value="build"' in answer.text


def test_a_store_that_is_away_leaves_health_and_no_more(client, store, monkeypatch):
    def away(*_):
        raise StoreUnavailableError("The store does not answer", cure="Start it")

    monkeypatch.setattr(store, "ready", away)
    monkeypatch.setattr(store.accounts, "ensure", away)
    monkeypatch.setattr(store.accounts, "any_accounts", away)
    answer = client.get("/admin")
    assert answer.status_code == 503
    assert "The store does not answer. Start it." in " ".join(
        re.sub(r"<[^>]+>", " ", answer.text).split()
    )
    assert '<form action="/admin' not in answer.text
    assert client.get("/admin/jobs").status_code == 403


def test_a_store_that_goes_away_later_is_told_too(client, store, monkeypatch):
    assert client.get("/admin").status_code == 200

    def away(*_):
        raise StoreUnavailableError("The store does not answer", cure="Start it")

    monkeypatch.setattr(store, "ready", away)
    monkeypatch.setattr(store.jobs, "all", away)
    told = client.get("/admin").text
    assert "nothing is known of jobs" in section(told, "jobs")
    assert "nobody is known" in section(told, "people")
    fragment = client.get("/admin/jobs", headers=FRAGMENT)
    assert "nothing is known of jobs" in fragment.text


@pytest.mark.parametrize("metrics", [{}, {"protocol": "random", "people": 7, "ndcg@10": 0.25}])
def test_figures_are_those_of_the_default_model(metrics):
    card = Card(
        default="ease",
        rankings=("popularity", "ease"),
        rating="bias",
        people=9,
        titles=8,
        interactions=7,
        metrics=metrics,
    )
    found = evaluation_of(card)
    assert [(model.name, model.default) for model in found.models] == [
        ("ease", True),
        ("popularity", False),
        ("bias", True),
    ]
    assert found.models[0].figures == (("0.250", "–", "–", "–") if metrics else ())
    assert not any(model.figures for model in found.models[1:])
    assert bool(found.protocol) == bool(metrics)


# Jobs


def test_how_long_a_stage_takes_is_said_once_it_was_watched():
    paces = Paces()

    def left(now, done, total=100, message="Encoding", state=JobState.RUNNING):
        values = {"state": state, "message": message, "done": done, "total": total}
        return paces.left(Job(key=1, kind="build", arguments={}, **values), now)

    assert left(0.0, 20) is None  # the first look
    assert left(2.0, 30) is None  # too short
    assert left(10.0, 40) == pytest.approx(30.0)  # 2 a second, 60 to go
    assert left(11.0, 100) is None  # nothing is left of it
    assert left(12.0, 0, message="Indexing") is None  # another stage
    assert left(30.0, 0, message="Indexing") is None  # which does not move
    assert left(31.0, 50, total=0, message="Reading") is None
    assert left(99.0, 90, total=0, message="Reading") is None  # of an unknown number
    assert left(100.0, 10) is None
    assert left(100.0, 10, state=JobState.WAITING) is None
    assert left(200.0, 50) is None  # begun again: what was before does not count


def test_each_state_has_its_word_and_what_can_be_done(store):
    now = int(time.time())
    over = {"started": now - 7_290, "ended": now - 7_200, "beat": now - 7_200}
    half = {"done": 5, "total": 10}
    jobs = [
        job_of(store),
        job_of(store, state="running", started=now, beat=now, message="Encoding", **half),
        job_of(store, "verify", {}, state="running", started=now, beat=now),
        job_of(store, state="cancelled", started=now, beat=now, **half),
        job_of(store, state="cancelled", message="Cancelled", **half, **over),
        job_of(store, state="cancelled", message="Cancelled", ended=now),
        job_of(store, state="failed", message="no room", **half, **over),
        job_of(store, "backup", {"to": "/b/c.zip"}, state="failed", message="no room", **over),
        job_of(store, state="done", message="Built", **half, **over),
    ]
    views = shown(jobs, Paces())
    assert [(view.state, view.label) for view in views] == [
        ("waiting", "Cancel"),
        ("running", "Pause"),
        ("running", "Cancel"),
        ("stopping", ""),
        ("paused", "Go on"),
        ("cancelled", "Try again"),
        ("failed", "Go on"),
        ("failed", "Try again"),
        ("done", ""),
    ]
    assert [bool(view.kept) for view in views] == [view.label == "Go on" for view in views]
    assert [view.live for view in views] == [True] * 4 + [False] * 5
    assert followed(views) is views[1]  # one that runs goes before one that waits
    assert views[7].what == "c.zip"
    assert views[6].message == "No room"
    assert views[4].times == "took 2 min, ended 2 h 0 min ago"
    assert views[1].percent == 50


def test_a_form_makes_a_job(client, store):
    sent = {"kind": "build", "paths": "films.csv\r\n\r\n more.csv", "encoder": ""}
    answer = client.post("/admin/jobs", data=sent, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin#jobs")
    client.post("/admin/jobs", data={"kind": "train", "paths": "r.csv", "measure": "yes"})
    client.post("/admin/jobs", data={"kind": "verify"})
    client.post("/admin/jobs", data={"kind": "backup", "to": "b.zip"})
    assert [(job.kind, job.arguments) for job in reversed(store.jobs.all())] == [
        ("build", {"paths": ["films.csv", "more.csv"]}),
        ("train", {"ratings": ["r.csv"], "measure": True}),
        ("verify", {}),
        ("backup", {"to": "b.zip"}),
    ]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"kind": "dance"},
        {"kind": "build", "paths": " \r\n "},
        {"kind": "build", "paths": "--help"},
        {"kind": "build", "paths": "films.csv", "encoder": "-x"},
        {"kind": "train", "paths": ""},
        {"kind": "backup", "to": "\x07"},
    ],
)
def test_a_form_that_cannot_be_is_told_and_kept(client, store, sent):
    answer = client.post("/admin/jobs", data=sent)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert store.jobs.all() == []
    if sent.get("paths", "").strip():
        assert f">{sent['paths']}</textarea>" in answer.text


def test_a_job_is_paused_and_goes_on(client, store):
    now = int(time.time())
    job = job_of(store, state="running", started=now, beat=now, message="Encoding", total=9, done=3)
    text = client.get("/admin").text
    assert f'data-follow="/v1/jobs/{job.key}/events"' in text
    assert '<progress aria-label="Build the library: how far it is" max="9" value="3">' in text
    assert "films.csv" in section(text, "jobs")
    assert "/data/" not in section(text, "jobs")
    client.post(f"/admin/jobs/{job.key}/stop")
    assert "Stopping" in section(client.get("/admin").text, "jobs")
    store.jobs.update(job.key, ended=now, message="Cancelled").result()
    told = client.get("/admin/jobs", headers=FRAGMENT).text
    assert "Paused" in told
    assert "What it had made is kept" in told
    assert "data-follow" not in told
    client.post(f"/admin/jobs/{job.key}/again")
    assert store.jobs.get(job.key).state is JobState.WAITING


def test_what_can_no_more_be_done_is_told(client, store):
    job = job_of(store, "verify", {}, state="done", ended=1)
    for act in ("stop", "again"):
        answer = client.post(f"/admin/jobs/{job.key}/{act}")
        assert answer.status_code == 409
        assert "The job is done" in answer.text
    assert client.post("/admin/jobs/99/stop").status_code == 404


def test_the_part_alone_is_for_the_module(client, store):
    job_of(store)
    part = client.get("/admin/jobs", headers=FRAGMENT)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "Build the library" in part.text
    whole = client.get("/admin/jobs", follow_redirects=False)
    assert (whole.status_code, whole.headers["location"]) == (303, "/admin#jobs")


def test_names_of_files_are_no_html(client, store):
    job_of(store, arguments={"paths": ["<b>films</b>"]}, state="failed", message="<i>no</i>")
    text = client.get("/admin").text
    assert "<i>no" not in text
    assert "&lt;i&gt;no" in text


# Versions


def test_an_older_version_is_switched_to(on_disk, films):
    told = section(on_disk.get("/admin").text, "versions")
    assert re.search("v0002 answers now.*v0001 kept", told)
    answer = on_disk.post("/admin/library/v0001", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin#library")
    assert versions.current(films).name == "v0001"
    told = section(on_disk.get("/admin").text, "versions")
    assert re.search("v0002 kept.*v0001 answers now", told)
    assert on_disk.post("/admin/library/v0009").status_code == 404


def test_a_newer_version_is_looked_for(on_disk, films):
    versions.point_to(films, "v0001")
    assert on_disk.post("/admin/library/reload").status_code == 200
    assert "v0001 answers, with 12 titles." in section(on_disk.get("/admin").text, "health")


def test_a_damaged_version_is_not_switched_to(on_disk, films):
    file = films / "v0001" / "text.keys.npy"
    sound = file.read_bytes()
    file.write_bytes(bytes(len(sound)))
    try:
        answer = on_disk.post("/admin/library/v0001")
    finally:
        file.write_bytes(sound)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert versions.current(films).name == "v0002"


# Who may


def test_only_administrators_may(app_of, library, store):
    store.accounts.create("root", role=Role.ADMIN).result()
    store.accounts.create("ann").result()
    app = app_of(library, accounts="on")
    _, secret = store.tokens.create("ann").result()
    headers = HTML | {"authorization": f"Bearer {secret}"}
    ann = TestClient(app, base_url="http://localhost", headers=headers)
    job = job_of(store)
    for path in ("/admin", "/admin/jobs"):
        answer = ann.get(path)
        assert answer.status_code == 403
        assert "administrators" in answer.text
        assert "films.csv" not in answer.text
    for path in (
        "/admin/jobs",
        f"/admin/jobs/{job.key}/stop",
        f"/admin/jobs/{job.key}/again",
        "/admin/library/reload",
        "/admin/library/v0001",
    ):
        assert ann.post(path, data={"kind": "verify"}).status_code == 403
    assert [(each.key, each.state) for each in store.jobs.all()] == [(job.key, JobState.WAITING)]


def test_forms_of_an_administrator_need_their_proof(app_of, library, store):
    store.accounts.create("root", role=Role.ADMIN, password=SAID).result()
    app = app_of(library, accounts="on")
    with TestClient(app, base_url="http://localhost", headers=HTML) as root:
        root.post("/login", data={"name": "root", "password": SAID})
        text = root.get("/admin").text
        assert "administrator" in section(text, "people")
        forms = re.findall(r'<form action="/admin[^"]*" method="post">(<input[^>]*>)', text)
        assert len(forms) >= 4
        assert all('name="csrf"' in first for first in forms)
        assert root.post("/admin/jobs", data={"kind": "backup", "to": "x"}).status_code == 403
        assert store.jobs.all() == []


# About


def test_about_tells_the_keys_and_switches_them_off(client):
    text = client.get("/about").text
    for key in ("/", "Esc", "w", "s", "x", "u"):
        assert f"<kbd>{key}</kbd>" in text
    assert 'name="keys" value="off"' in text
    client.post("/look", data={"keys": "off", "next": "/about#keyboard"})
    assert 'name="keys" value="on"' in client.get("/about").text


def test_about_is_there_without_a_library(app_of):
    answer = TestClient(app_of(), base_url="http://localhost", headers=HTML).get("/about")
    assert answer.status_code == 200
    assert "The library is not open" in answer.text
