"""The templates and what they may use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from matinee.service import assets, scene, toasts, views
from matinee.service.home import EXAMPLES
from matinee.service.sessions import csrf_field, csrf_proof
from matinee.service.translations import LANGUAGES


def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.install_gettext_callables(scene.gettext, scene.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        asset=assets.url,
        search_url=views.search_url,
        duration=views.duration,
        languages=views.languages,
        countries=views.countries,
        examples=EXAMPLES,
        csrf_field=csrf_field,
        proof=lambda: csrf_proof(scene.scene().csrf),
        thanks=views.thanks,
        scene=scene.scene,
        spoken=LANGUAGES,
        translated=scene.told,
        number=scene.number,
    )
    env.filters["translated"] = scene.told
    return env


_ENV = _environment()


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page or a fragment; it is checked again before it is reused."""
    body = _ENV.get_template(name).render(**values)
    headers = {
        "cache-control": "no-cache",
        "content-language": scene.scene().language,
        "vary": "Accept-Language, Cookie",
    }
    answer = HTMLResponse(body, status, headers)
    if scene.scene().toast is not None:
        toasts.clear(answer)
    return answer
