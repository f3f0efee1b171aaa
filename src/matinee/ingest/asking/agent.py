"""What we call ourselves, so that whoever runs a host can reach whoever asks."""

from __future__ import annotations

from matinee._version import __version__
from matinee.errors import InputError

HOME = "https://github.com/matinee-film/matinee"
MAX_CONTACT = 200
"""Characters; some servers refuse headers from a few thousand on."""


def agent(contact: str | None = None) -> str:
    """Return the header ``User-Agent``.

    Args:
        contact: an address of mail or the web by which the person who runs this can be reached.

    Raises:
        InputError: it is neither.

    >>> agent("me@films.example").partition(" ")[2]
    '(+https://github.com/matinee-film/matinee; me@films.example)'
    """
    if contact is None:
        return f"matinee/{__version__} (+{HOME})"
    usable = (
        contact.isascii()
        and contact.isprintable()
        and not set(contact) & set(" ()<>;")
        and len(contact) <= MAX_CONTACT
        and ("@" in contact.strip("@") or contact.startswith(("https://", "http://")))
    )
    if not usable:
        raise InputError(
            f"The contact is {contact!r:.60}",
            cure="Give an address of mail or of a web page by which you can be reached",
        )
    return f"matinee/{__version__} (+{HOME}; {contact})"
