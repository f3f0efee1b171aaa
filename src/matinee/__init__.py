"""Matinee finds films.

>>> import matinee
>>> library = matinee.open()
>>> for result in library.search("the shop around the corner", k=1):
...     print(result.title.title, result.title.year)
The Shop Around the Corner 1940

``library.search("quiet", image="still.jpg")`` finds by a picture, with words or without;
``library.recognise("photo.jpg")`` tells which film a poster is of.

Importing this module loads no heavy library; that happens when a library is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matinee._version import __version__

if TYPE_CHECKING:
    from matinee.assembly import Library
    from matinee.assembly import build_library as build
    from matinee.assembly import open_library as open

__all__ = ["Library", "MatineeError", "__version__", "build", "errors", "open"]

_LAZY = {
    "Library": ("matinee.assembly", "Library"),
    "MatineeError": ("matinee.errors", "MatineeError"),
    "build": ("matinee.assembly", "build_library"),
    "open": ("matinee.assembly", "open_library"),
    "errors": ("matinee.errors", None),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    try:
        module, attribute = _LAZY[name]
    except KeyError:
        raise AttributeError(f"module 'matinee' has no attribute {name!r}") from None
    loaded = import_module(module)
    return loaded if attribute is None else getattr(loaded, attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
