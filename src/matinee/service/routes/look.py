"""How somebody wants the pages to be: language, keys, what is shown."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from matinee.service.look import read_look
from matinee.service.routes.accounts import local_path
from matinee.service.scene import scene

router = APIRouter(include_in_schema=False)


@router.post("/look")
async def choose(request: Request, next: Annotated[str, Form()] = "/") -> Response:
    """Keep what somebody chose, and go back to the page where they did.

    The fields are those of :func:`matinee.service.look.read_look`; others stay as they are.
    """
    given = {name: value for name, value in (await request.form()).items() if type(value) is str}
    answer = RedirectResponse(local_path(next), 303, {"cache-control": "no-store"})
    read_look(given, scene().look).set(answer)
    return answer
