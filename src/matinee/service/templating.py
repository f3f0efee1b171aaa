"""The templates and what they may use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from matinee.service import assets, views
from matinee.service.home import EXAMPLES
from matinee.service.sessions import csrf_field


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
    # The identity for now; a catalogue of translations goes in here and nowhere else.
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        asset=assets.url,
        search_url=views.search_url,
        duration=views.duration,
        languages=views.languages,
        countries=views.countries,
        examples=EXAMPLES,
        csrf_field=csrf_field,
        thanks=views.thanks,
    )
    return env


_ENV = _environment()


def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page or a fragment; it is checked again before it is reused."""
    body = _ENV.get_template(name).render(**values)
    return HTMLResponse(body, status, {"cache-control": "no-cache"})
