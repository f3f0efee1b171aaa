"""Pictures over the API: what is taken, what is refused, and what the library is asked."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from matinee.errors import LibraryError, MissingExtraError, ModelError
from matinee.service import create_app
from matinee.service import shedding as shedding_module
from matinee.service.picture_params import PictureParams
from matinee.service.uploads import MAX_FIELD, MAX_FIELDS
from matinee.settings import Settings
from matinee.store import open_store
from matinee.store.records import Scope

SEARCH, RECOGNISE = "/v1/search/picture", "/v1/pictures/recognise"
BOTH = pytest.mark.parametrize("path", [SEARCH, RECOGNISE])
CLIP = "The model clip is not on this machine"
PASSWORD = "a long enough one"  # noqa: S105
PULL = "Get it with: matinee models pull clip"


def drawn(kind: str = "JPEG", size: tuple[int, int] = (90, 120), seed: int = 0, **how) -> bytes:
    """Return a picture of coloured noise."""
    raster = np.random.default_rng(seed).integers(0, 255, (8, 6, 3), np.uint8)
    written = io.BytesIO()
    Image.fromarray(raster).resize(size).save(written, kind, **how)
    return written.getvalue()


def bomb(side: int = 16_000) -> bytes:
    """Return a small PNG of very many pixels."""
    written = io.BytesIO()
    Image.new("1", (side, side)).save(written, "PNG", compress_level=9)
    return written.getvalue()


@pytest.fixture
def library(seeing):
    return seeing


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{tmp_path / 'store.db'}",
        cache=tmp_path / "cache",
        max_picture=50_000,
        max_body=400_000,
    )


def ask(client, path=SEARCH, picture=None, **fields):
    sent = drawn() if picture is None else picture
    return client.post(path, files={"picture": ("still.jpg", sent, "image/jpeg")}, data=fields)


def told(answer, status, *words):
    """Check that an answer is a problem with a cure that says some words."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["cure"]
    for word in words:
        assert word in problem["detail"] + problem["cure"]
    return problem


# What is asked


def test_a_picture_alone_finds_films(client, library):
    answer = ask(client)
    assert answer.status_code == 200
    found = answer.json()
    assert [r["id"] for r in found["results"]][:2] == ["tmdb:603", "tmdb:2"]
    assert len(found["results"]) == 10
    assert found["picture"] == {
        "route": "embedding",
        "model": "clip",
        "caption": None,
        "captioner": None,
        "share": 0.5,
        "joined": False,
        "recognised": {
            "id": "tmdb:603",
            "title": "The Matrix",
            "year": 1999,
            "similarity": 0.97,
        },
    }
    picture = library.requests[-1].picture.picture
    assert (picture.format, picture.width, picture.height) == ("JPEG", 90, 120)
    assert "x-matinee-cache" not in answer.headers


def test_every_parameter_of_a_search_is_a_field_of_the_form(client, library):
    answer = ask(
        client,
        q="asks language year",
        k="3",
        offset="2",
        fields="title",
        method="mmr",
        filter=["year:1990..1999", "-genre:Horror"],
        without=["language:ml"],
        hard=["genre:Thriller"],
        soft=["year:2021.."],
        understand="true",
        lang_policy="auto-soft",
        min_votes="10",
        sort="newest",
        top_up="true",
        facets="true",
        explain="true",
        mmr_lambda="0.4",
        route="both",
        share="0.25",
        caption="a dog",
        join="true",
    )
    assert answer.status_code == 200, answer.text
    assert [sorted(r) for r in answer.json()["results"]] == [["id", "title"]] * 3
    asked = library.requests[-1]
    assert asked.text == "asks language year"
    assert (asked.k, asked.method, asked.sort, asked.min_votes) == (5, "mmr", "newest", 10)
    assert [f.key for f in asked.filters] == ["year:1990..1999", "-genre:Horror"]
    assert asked.without == {"language:ml"}
    assert asked.knobs.mmr_lambda == 0.4
    assert (asked.facets, asked.explain, asked.top_up) == (True, True, True)
    picture = asked.picture
    assert (picture.route, picture.share, picture.caption) == ("both", 0.25, "a dog")
    assert picture.join is True
    known = set(PictureParams.model_fields)
    assert {"q", "filter", "route", "share", "caption", "join", "rrf_k"} <= known


def test_empty_fields_of_a_form_are_left_out(client, library):
    assert ask(client, route="", caption="").status_code == 200
    assert (library.requests[-1].picture.route, library.requests[-1].picture.caption) == (None,) * 2


def test_the_same_is_looked_at_anew_each_time(client, library):
    for _ in range(2):
        assert ask(client, q="heist").status_code == 200
    assert len(library.requests) == 2


def test_which_poster_it_is(client, library):
    answer = ask(client, RECOGNISE, k="3")
    assert answer.status_code == 200
    assert answer.json() | {"took_ms": 0} == {
        "matches": [{"id": "tmdb:603", "title": "The Matrix", "year": 1999, "similarity": 0.97}],
        "library": "v0001",
        "degraded": [],
        "took_ms": 0,
    }
    assert library.shown.height == 120
    library.recognised = None
    assert ask(client, RECOGNISE).json()["matches"] == []


@pytest.mark.parametrize(
    ("kind", "how"),
    [("PNG", {}), ("WEBP", {}), ("GIF", {}), ("BMP", {}), ("JPEG", {"progressive": True})],
)
def test_every_usual_kind_is_read(client, library, kind, how):
    assert ask(client, picture=drawn(kind, **how)).status_code == 200
    assert library.requests[-1].picture.picture.format == kind


def test_what_is_missing_is_told_in_the_headers(client, library):
    whole = library.answer
    library.degraded = ("Half is missing",)

    def lacking(request):
        return replace(whole(request), lacking=("captions",))

    library.answer = lacking
    answer = ask(client, route="both")
    assert answer.status_code == 200
    assert answer.headers["x-matinee-degraded"] == "captions"
    assert answer.json()["degraded"] == ["Half is missing"]


# What is refused


@BOTH
def test_what_is_no_form_is_refused(client, path):
    for headers in ({"content-type": "application/json"}, {"content-type": "image/jpeg"}, {}):
        told(client.post(path, content=drawn(), headers=headers), 415, "multipart/form-data")
    told(client.post(path, data={"k": "3"}), 415)


@BOTH
@pytest.mark.parametrize(
    ("kind", "body", "word"),
    [
        ("multipart/form-data", b"--x\r\n", "form"),
        ("multipart/form-data; boundary=x", b"", "breaks off"),
        ("multipart/form-data; boundary=x", b"nothing of the kind", "form"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="picture"\r\n\r\nabc',
            "breaks off",
        ),
        ("multipart/form-data; boundary=x", b"--x\r\nA: b\r\n\r\nabc\r\n--x--\r\n", "no name"),
    ],
)
def test_a_broken_form_is_refused(client, path, kind, body, word):
    told(client.post(path, content=body, headers={"content-type": kind}), 422, word)


@BOTH
def test_exactly_one_picture_is_taken(client, path):
    told(client.post(path, files={"k": (None, "3")}), 422, "No picture")
    told(ask(client, path, b""), 422, "No picture")
    two = [("picture", ("a.jpg", drawn())), ("picture", ("b.jpg", drawn(seed=1)))]
    told(client.post(path, files=two), 422, "more than one picture")
    other = [("picture", ("a.jpg", drawn())), ("file", ("b.jpg", drawn()))]
    told(client.post(path, files=other), 422, "'file'")
    # Whoever sends it as a plain part means the same.
    assert client.post(path, files={"picture": (None, drawn())}).status_code == 200


@BOTH
def test_a_picture_of_too_many_bytes_is_refused(client, path, settings):
    most = settings.max_picture
    sound = drawn("PNG")
    assert ask(client, path, sound + bytes(most - len(sound))).status_code == 200
    problem = told(ask(client, path, sound + bytes(most - len(sound) + 1)), 413, "50,000 bytes")
    assert problem["title"] == "Picture too large"
    # Beyond what a form may hold it is not even read; the answer is the same.
    problem = told(ask(client, path, bytes(most + settings.max_body + 1)), 413)
    assert problem["title"] == "Picture too large"


def test_other_routes_keep_their_bound(client, settings):
    long = b" " * (settings.max_body + 1)
    answer = client.post("/v1/search", content=long, headers={"content-type": "application/json"})
    assert told(answer, 413)["title"] != "Picture too large"


@BOTH
def test_fields_are_bounded_in_number_and_length(client, path):
    many = {"picture": ("a.jpg", drawn())} | {f"f{i}": (None, "") for i in range(MAX_FIELDS + 1)}
    told(client.post(path, files=many), 422, "300 fields")
    told(ask(client, path, q="a" * (MAX_FIELD + 1)), 422, "160,000 bytes")
    told(ask(client, path, **{"a" * 65: "1"}), 422, "name")
    told(client.post(path, files={"picture": ("a", drawn()), "k": (None, b"\xff")}), 422, "UTF-8")


@pytest.mark.parametrize(
    "fields",
    [
        {"k": "0"},
        {"k": "many"},
        {"offset": "999", "k": "50"},
        {"fields": "secrets"},
        {"unknown": "1"},
        {"filter": "nonsense"},
        {"filter": ["year:1999"] * 65},
        {"route": "astral"},
        {"share": "1.5"},
        {"share": "nan"},
        {"share": ""},
        {"caption": "a" * 1_001},
        {"join": "perhaps"},
        {"q": "a" * 10_001},
        {"method": "magic"},
    ],
)
def test_parameters_have_the_bounds_of_a_search(client, library, fields):
    told(ask(client, **fields), 422)
    assert library.requests == []


def test_what_is_wrong_with_the_parameters_costs_no_decoding(client, monkeypatch):
    monkeypatch.setattr("matinee.service.pictured.decode", lambda *_: 1 / 0)
    told(ask(client, k="0"), 422)
    told(ask(client, RECOGNISE, k="1001"), 422)
    told(ask(client, RECOGNISE, q="heist"), 422)


def damaged() -> dict[str, bytes]:
    whole = drawn(size=(300, 400))
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    return {
        "nothing": b"\0",
        "text": b"GIF me a break",
        "svg": svg,
        "svg after a mark": b"\xef\xbb\xbf" + svg,
        "truncated": whole[: len(whole) // 2],
        "head only": whole[:20],
        "html": b"<html><body onload=alert(1)></body></html>",
        "pdf": b"%PDF-1.7\n",
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
        "tiny": drawn("PNG", (1, 1)),
    }


@BOTH
@pytest.mark.parametrize("what", sorted(damaged()))
def test_what_is_no_picture_is_refused(client, path, what):
    problem = told(ask(client, path, damaged()[what]), 422)
    assert problem["title"] == "Picture"


@BOTH
def test_a_picture_of_too_many_pixels_is_refused(client, path):
    small = bomb()
    assert len(small) < 50_000
    told(ask(client, path, small), 413, "pixels")


def test_a_missing_model_is_told_with_its_cure(client, library):
    library.failure = ModelError(CLIP, where="/home/somebody/models", cure=PULL)
    answer = ask(client)
    problem = told(answer, 503, CLIP, "matinee models pull clip")
    assert "/home" not in answer.text
    assert problem["title"] == "Model"
    assert answer.headers["retry-after"]
    assert ask(client, RECOGNISE).status_code == 200


def test_a_missing_package_or_posters_are_told_with_their_cure(client, library):
    library.failure = MissingExtraError("transformers", "caption")
    told(ask(client, route="caption"), 503, "pip install 'matinee[caption]'")
    library.failure = LibraryError("This library has no vectors of posters", cure="Build it")
    told(ask(client), 503, "no vectors of posters", "Build it")


def test_only_so_many_are_read_at_once(client, monkeypatch):
    monkeypatch.setattr(shedding_module, "LARGE_AT_ONCE", 0)
    answer = ask(client)
    told(answer, 503)
    assert answer.headers["retry-after"] == "1"
    assert client.get("/v1/search?q=heist").status_code == 200


def test_no_part_of_it_touches_the_disk(client, monkeypatch):
    def never(*_, **__):
        raise AssertionError("a temporary file")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile", never)
    monkeypatch.setattr("tempfile.TemporaryFile", never)
    monkeypatch.setattr("tempfile.NamedTemporaryFile", never)
    assert ask(client, picture=drawn("BMP", (100, 120))).status_code == 200


# Who asks


@pytest.fixture
def household(library, settings):
    """Clients of people on a service with accounts."""
    from dataclasses import replace

    store = open_store(settings.database_url)
    settings = replace(settings, accounts="on", rate_limit=2.0)
    with TestClient(create_app(library, settings=settings, store=store)) as made:

        def of(name, *scopes, **facts):
            if store.accounts.get(name) is None:
                store.accounts.create(name, **facts).result()
            _, secret = store.tokens.create(name, scopes=frozenset(scopes)).result()
            made.headers["authorization"] = f"Bearer {secret}"
            return made

        made.of = of
        yield made
    store.close()


@BOTH
def test_with_accounts_a_token_is_needed_and_reading_is_enough(household, path):
    told(ask(household, path), 401)
    household.headers["authorization"] = "Bearer mtn_" + "a" * 43
    told(ask(household, path), 401)
    assert ask(household.of("ann", Scope.READ), path).status_code == 200


@BOTH
def test_another_sites_page_is_sent_away(client, path):
    told(client.post(path, files={"picture": drawn()}, headers={"origin": "http://evil.test"}), 403)


def test_a_signed_in_browser_needs_its_proof(household):
    household.of("ann", Scope.READ, password=PASSWORD)
    del household.headers["authorization"]
    base = {"origin": "http://testserver"}
    signed = household.post(
        "/login",
        data={"name": "ann", "password": PASSWORD},
        headers=base,
        follow_redirects=False,
    )
    assert signed.status_code == 303
    told(household.post(SEARCH, files={"picture": drawn()}, headers=base), 403, "form")
    page = household.get("/search").text
    proof = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)[1]
    both = [("csrf", (None, proof)), ("picture", ("a.jpg", drawn()))]
    assert household.post(SEARCH, files=both, headers=base).status_code == 200


def test_who_asks_too_often_is_told_to_wait(household):
    client = household.of("ann", Scope.READ)
    statuses = [ask(client, RECOGNISE).status_code for _ in range(8)]
    assert statuses[0] == 200
    assert 429 in statuses


def test_the_document_has_the_form_and_its_file(client):
    made = client.get("/openapi.json").json()
    for path, name in ((SEARCH, "PictureParams"), (RECOGNISE, "RecogniseParams")):
        operation = made["paths"][path]["post"]
        (kind, content), *others = operation["requestBody"]["content"].items()
        assert (kind, others) == ("multipart/form-data", [])
        assert content["schema"] == {"$ref": f"#/components/schemas/{name}"}
        schema = made["components"]["schemas"][name]
        assert schema["required"] == ["picture"]
        assert schema["properties"]["picture"]["format"] == "binary"
        assert schema["additionalProperties"] is False
        assert all("anyOf" not in field for field in schema["properties"].values())
        assert all(field["description"] for field in schema["properties"].values())
        assert {"401", "403", "413", "415", "422", "429", "503"} <= set(operation["responses"])
