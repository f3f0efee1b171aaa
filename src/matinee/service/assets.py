"""The pages' own files: read once, and served under an address that changes with their contents."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

router = APIRouter(include_in_schema=False)

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "public, no-cache"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOLDER = Path(__file__).parent / "static"


def lean(sheet: str) -> str:
    r"""Return a style sheet without comments and the space that is there for readers alone.

    >>> lean('/* Why */\n.a > .b, .c {\n  content: "; "; color: red;\n}\n')
    '.a > .b,.c{content:"; ";color:red;}'
    """
    parts = re.split(r'("[^"]*")', re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL))
    for i in range(0, len(parts), 2):  # every other is a string, which stays as it is
        plain = re.sub(r" ?([{};,]) ?", r"\1", re.sub(r"\s+", " ", parts[i]))
        parts[i] = re.sub(r"((?:^|[{;])[\w-]+): ", r"\1:", plain)
    return "".join(parts).strip()


def _read(path: Path) -> bytes:
    return lean(path.read_text("utf-8")).encode() if path.suffix == ".css" else path.read_bytes()


FILES = {path.name: _read(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES}
"""Contents by name. All share one hash, because the modules import each other by plain names."""
DIGEST = hashlib.blake2b(
    b"".join(name.encode() + data for name, data in FILES.items()), digest_size=8
).hexdigest()


def url(name: str) -> str:
    """Return the address of a file.

    >>> url("matinee.css").startswith("/static/")
    True
    """
    if name not in FILES:
        raise KeyError(name)
    return f"/static/{DIGEST}/{name}"


def cached(request: Request, body: bytes, media_type: str, *, fresh: bool) -> Response:
    """Return a file with its ETag, or 304 if the reader has it.

    Args:
        request: may carry If-None-Match.
        body: the contents.
        media_type: their type.
        fresh: whether the address names these very contents, so that they never change there.
    """
    tag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
    headers = {"etag": tag, "cache-control": IMMUTABLE if fresh else REVALIDATE}
    # The compressing middleware makes the tag weak on its way out; either form is this file.
    known = {
        t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")
    }
    if tag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


@router.get("/static/{digest}/{name}")
async def asset(request: Request, digest: str, name: str) -> Response:
    """Return a stylesheet, a module or an image."""
    if name not in FILES:
        raise HTTPException(404)
    media_type = _TYPES[Path(name).suffix]
    return cached(request, FILES[name], media_type, fresh=digest == DIGEST)


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """Return the icon to browsers that ask for it unbidden."""
    return cached(request, FILES["icon.svg"], _TYPES[".svg"], fresh=False)
