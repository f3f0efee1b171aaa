"""Forms as they come over a wire: in pieces, cut off, and made of anything at all."""

from __future__ import annotations

import asyncio
import contextlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from matinee.errors import PictureError, PictureTooLargeError, QueryError
from matinee.service.problems import Refused
from matinee.service.uploads import Upload, read_upload

EDGE = "x"
MOST = 300

names = st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=12).filter(
    lambda name: name != "picture"
)
fields = st.lists(st.tuples(names, st.text(max_size=40)), max_size=6)


def read(pieces: list[bytes], kind: bytes = b"multipart/form-data; boundary=x") -> Upload:
    left = list(pieces)

    async def receive():
        body = left.pop(0) if left else b""
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    scope = {"type": "http", "headers": [(b"content-type", kind)]}
    return asyncio.run(read_upload(Request(scope, receive), MOST))


def form(picture: bytes | None, said: list[tuple[str, str]]) -> bytes:
    parts = [
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value.encode()
        for name, value in said
    ]
    if picture is not None:
        head = f'--{EDGE}\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n'
        parts.append(f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + picture)
    return b"\r\n".join([*parts, f"--{EDGE}--\r\n".encode()])


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@settings(deadline=None)
@given(
    picture=st.binary(min_size=1, max_size=MOST).filter(lambda data: b"\r\n--x" not in data),
    said=fields,
    places=st.lists(st.integers(0, 10_000), max_size=20),
)
def test_however_it_is_cut_the_same_is_read(picture, said, places):
    upload = read(cut(form(picture, said), places))
    assert upload.picture == picture
    assert list(upload.fields) == said


@settings(deadline=None)
@given(picture=st.binary(min_size=1, max_size=80), said=fields, at=st.integers(1, 10_000))
def test_a_form_that_breaks_off_is_refused(picture, said, at):
    whole = form(picture, said)
    # The end of the last edge may be missing; all before it may not.
    with pytest.raises((QueryError, PictureError)):
        read([whole[: at % (len(whole) - 4)]]).picture  # noqa: B018 -- it raises


@settings(deadline=None, max_examples=300)
@given(data=st.binary(max_size=400), places=st.lists(st.integers(0, 500), max_size=5))
def test_garbage_is_refused_and_nothing_else(data, places):
    for body in (data, f"--{EDGE}\r\n".encode() + data, form(b"abc", [])[:40] + data):
        with contextlib.suppress(QueryError, PictureError):
            read(cut(body, places) or [b""])


@settings(deadline=None)
@given(kind=st.binary(max_size=60))
def test_any_content_type_is_read_or_refused(kind):
    for said in (kind, b"multipart/form-data" + kind, b"multipart/form-data; boundary=" + kind):
        with contextlib.suppress(Refused, QueryError, PictureError):
            read([form(b"abc", [])], said)


def test_a_fault_of_the_picture_leaves_the_fields_readable():
    said = [("address", "/search?q=heist"), ("k", "3")]
    upload = read([form(bytes(MOST + 1), said)])
    assert list(upload.fields) == said
    assert upload.value("address") == "/search?q=heist"
    assert upload.value("other") == ""
    assert upload.sent == b""
    with pytest.raises(PictureTooLargeError):
        upload.picture  # noqa: B018 -- it raises
    assert read([form(bytes(MOST), said)]).picture == bytes(MOST)


def test_after_the_first_byte_too_many_nothing_is_kept():
    upload = read(cut(form(bytes(MOST * 50), []), list(range(0, MOST * 50, 97))))
    assert isinstance(upload.fault, PictureTooLargeError)
    assert upload.sent == b""
