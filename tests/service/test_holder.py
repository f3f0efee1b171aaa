"""One library is swapped for another: what is served meanwhile, and what is left of the old one."""

from __future__ import annotations

import dataclasses
import gc
import json
import re
import shutil
import threading
import time
import weakref
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import matinee
from matinee.errors import LibraryCorruptError
from matinee.library import manifest, versions
from matinee.service import create_app
from matinee.service import holder as holding
from matinee.service.caller import Caller
from matinee.service.holder import Holder
from matinee.settings import Settings
from matinee.store.records import Person, Role, Scope


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two versions that differ in what they tell of one film."""
    folder = tmp_path_factory.mktemp("made")
    for number, marker in ((1, "first"), (2, "second")):
        films = folder / "films.jsonl"
        films.write_text(
            "\n".join(
                json.dumps({"id": n, "title": f"Film {n}", "plot": f"A {marker} story of {n}."})
                for n in range(5)
            )
        )
        matinee.build([films], folder / "library")
        assert versions.names(folder / "library")[-1] == f"v000{number}"
    return folder / "library"


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    root = shutil.copytree(made, tmp_path / "library")
    versions.point_to(root, "v0001")
    return root


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    return Settings(cache=tmp_path, watch_seconds=0, threads=1, database_url=url)


@pytest.fixture
def holder(root: Path, settings: Settings) -> Holder:
    holder = Holder(None, path=root, settings=settings)
    holder.open()
    assert holder.version == "v0001"
    return holder


def told(library: object) -> str:
    return library.title("local:3").overview


def publish(root: Path, source: str, name: str) -> None:
    """Make a copy of a version the current one, under another name."""
    shutil.copytree(root / source, root / name)
    path = root / name / manifest.NAME
    path.write_text(path.read_text().replace(f'"version": "{source}"', f'"version": "{name}"'))
    versions.point_to(root, name)


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_request_keeps_the_library_it_began_with(root: Path, holder: Holder) -> None:
    before = holder.get()
    versions.point_to(root, "v0002")
    reloaded = holder.reload()
    assert (reloaded.version, reloaded.swapped, reloaded.error) == ("v0002", True, None)
    assert "first" in told(before)
    assert "second" in told(holder.get())
    assert before.search("story")[0].title.overview.startswith("A first")
    gone = weakref.ref(before)
    del before
    gc.collect()
    assert gone() is None
    assert not holder.reload().swapped


def test_a_version_deleted_while_it_is_served_goes_on_answering(root: Path, holder: Holder) -> None:
    shutil.rmtree(root / "v0001")
    library = holder.get()
    assert "first" in told(library)
    found = library.search("a story of film 3", 5, facets=True, explain=True)
    assert {result.title.title for result in found} == {f"Film {n}" for n in range(5)}
    assert len(library.similar("local:3")) == 4


def test_a_damaged_version_does_not_take_the_place_of_a_sound_one(
    root: Path, holder: Holder
) -> None:
    flip_a_byte(root / "v0002" / "catalogue.parquet")
    versions.point_to(root, "v0002")
    reloaded = holder.reload()
    assert isinstance(reloaded.error, LibraryCorruptError)
    assert (reloaded.version, reloaded.swapped) == ("v0001", False)
    [said] = holder.degraded
    assert said.startswith("library v0002 cannot be opened: A file of the library has SHA-256")
    assert str(root) not in said
    assert "first" in told(holder.get())
    versions.point_to(root, "v0001")
    assert holder.reload().error is None
    assert holder.degraded == ()


@pytest.mark.parametrize("damage", ["pointer", "gone", "bytes", "no manifest"])
def test_whatever_is_wrong_with_the_new_version_the_old_one_answers(
    root: Path, holder: Holder, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions.point_to(root, "v0002")
    if damage == "pointer":
        (root / "CURRENT").write_bytes(b"\xff\xfe../..")
    elif damage == "gone":
        shutil.rmtree(root)
    elif damage == "no manifest":
        (root / "v0002" / manifest.NAME).unlink()
    else:

        def fails(*_args: object, **_kwargs: object) -> None:
            raise ValueError("what a package raises on nonsense")

        monkeypatch.setattr(holding, "open_library", fails)
    assert holder.reload().error is not None
    assert len(holder.degraded) == 1
    assert "first" in told(holder.get())


def test_two_reloads_at_once_open_once(
    root: Path, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    real = holding.open_library

    def slowly(*args: object, **kwargs: object) -> object:
        opened.append(1)
        time.sleep(0.1)
        return real(*args, **kwargs)

    monkeypatch.setattr(holding, "open_library", slowly)
    versions.point_to(root, "v0002")
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(holder.reload().version)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["v0002"] * 8
    assert len(opened) == 1


def test_the_watcher_follows_the_pointer_and_tries_again_when_it_changes(
    root: Path, settings: Settings
) -> None:

    settings = dataclasses.replace(settings, watch_seconds=0.02)
    holder = Holder(None, path=root, settings=settings)
    holder.open()
    holder.watch()
    try:
        sound = (root / "v0002" / "catalogue.parquet").read_bytes()
        flip_a_byte(root / "v0002" / "catalogue.parquet")
        versions.point_to(root, "v0002")
        until(lambda: holder.degraded != ())
        assert holder.version == "v0001"
        (root / "v0002" / "catalogue.parquet").write_bytes(sound)
        versions.point_to(root, "v0002")
        until(lambda: holder.version == "v0002")
        assert holder.degraded == ()
    finally:
        holder.close()


def until(holds) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_library_of_the_same_name_built_anew_is_another(root: Path, holder: Holder) -> None:
    shutil.rmtree(root / "v0001")
    publish(root, "v0002", "v0001")
    assert holder.reload().swapped
    assert "second" in told(holder.get())
    assert holder.version == "v0001"


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_no_old_version_stays_in_memory(root: Path, holder: Holder) -> None:
    for number in range(3, 23):
        publish(root, f"v000{number % 2 + 1}", f"v{number:04d}")
        assert holder.reload().swapped
        holder.get().search("story", explain=True)
        if number > 4:
            shutil.rmtree(root / f"v{number - 1:04d}")
    holder._clear()
    mapped = Path("/proc/self/maps").read_text()
    assert set(re.findall(rf"{root}/(v\d+)/", mapped)) <= {holder.version}
    assert holder._old == []


class Signed:
    """Makes an administrator of whoever asks."""

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        person = Person(key=1, name="default", role=Role.ADMIN)
        caller = Caller(person, frozenset(Scope), "local", "local")
        scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, receive, send)


@pytest.fixture
def client(root: Path, settings: Settings):
    app = create_app(path=root, settings=settings)
    app.add_middleware(Signed)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


def test_another_version_is_activated_and_rolled_back(client) -> None:
    for name, marker, swapped in (
        ("v0002", "second", True),
        ("v0002", "second", False),
        ("v0001", "first", True),
    ):
        answer = client.post(f"/v1/library/versions/{name}/activate")
        assert answer.status_code == 200, answer.text
        assert answer.json() == {
            "library": name, "swapped": swapped, "agreed": True, "workers": [], "late": [],
        }  # fmt: skip
        found = client.get("/v1/titles/local:3")
        assert marker in found.json()["overview"]
        assert found.headers["x-matinee-library"] == name


def test_what_cannot_be_used_is_not_made_current(client, root: Path) -> None:
    flip_a_byte(root / "v0002" / "catalogue.parquet")
    refused = client.post("/v1/library/versions/v0002/activate")
    assert refused.status_code == 409
    assert str(root) not in refused.text
    assert versions.current(root).name == "v0001"
    assert client.post("/v1/library/versions/v0009/activate").status_code == 404
    assert client.post("/v1/library/versions/%2e%2e/activate").status_code in (404, 422)


def test_a_damaged_current_version_is_told_everywhere_and_is_no_outage(client, root: Path) -> None:
    flip_a_byte(root / "v0002" / "catalogue.parquet")
    versions.point_to(root, "v0002")
    refused = client.post("/v1/library/reload")
    assert refused.status_code == 409
    assert str(root) not in refused.text
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["library"] == "v0001"
    for said in (ready, client.get("/v1/status"), client.get("/v1/library")):
        assert said.json()["degraded"][0].startswith("library v0002 cannot be opened")
    versions.point_to(root, "v0001")
    assert client.post("/v1/library/reload").json()["library"] == "v0001"
    assert client.get("/v1/status").json()["degraded"] == []


def test_versions_are_listed_and_one_is_not_sent_twice(client, root: Path) -> None:
    (root / "v0002" / manifest.NAME).write_text("{")
    first, second = client.get("/v1/library/versions").json()["versions"]
    assert (first["name"], first["live"], first["titles"]) == ("v0001", True, 5)
    assert first["checksum"] == manifest.sha256_of(root / "v0001" / manifest.NAME)
    assert first["bytes"] > 1_000
    assert second["problem"].startswith("The manifest cannot be read")
    assert str(root) not in json.dumps(second)
    one = client.get("/v1/library/versions/v0001")
    assert one.json() == first
    again = client.get("/v1/library/versions/v0001", headers={"If-None-Match": one.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_library_that_comes_later_is_found(root: Path, settings: Settings, tmp_path) -> None:
    app = create_app(path=tmp_path / "later", settings=settings)
    app.add_middleware(Signed)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        waiting = client.get("/health/ready")
        assert waiting.status_code == 503
        assert waiting.json()["parts"]["store"] == "ok"
        assert waiting.json()["parts"]["library"] == "There is no library here"
        shutil.copytree(root, tmp_path / "later")
        assert client.post("/v1/library/reload").json()["swapped"]
        assert client.get("/health/ready").status_code == 200
