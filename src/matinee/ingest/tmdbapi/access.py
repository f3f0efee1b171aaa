"""Who asks TMDb, and where: the key, and the address that it is shown to."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from matinee.errors import SettingsError

API = "https://api.themoviedb.org/3"
"""Where TMDb answers."""
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+=*", re.ASCII)
"""A "read access token" (v4) is a JSON web token: three parts of URL-safe base64."""
_PRINTABLE = re.compile(r"[!-~]{1,4096}")
_CURE = "Set MATINEE_TMDB_KEY to a key of https://www.themoviedb.org/settings/api"


@dataclass(frozen=True, slots=True)
class Access:
    """A key and the address of the API. The key is in no ``repr``.

    Attributes:
        key: a v3 key, which goes into the query, or a v4 token, which goes into a header.
        url: of the API, without a slash at its end; ``https``, so that nobody on the way sees the
            key. ``http`` will do where it never leaves this machine.

    Raises:
        SettingsError: there is no key, or one of them cannot be used. The key is not shown.
    """

    key: str = field(repr=False)
    url: str = API

    def __post_init__(self) -> None:
        # Keys are pasted, and a line's end that comes along is nobody's intention.
        object.__setattr__(self, "key", (self.key or "").strip())
        if not self.key:
            raise SettingsError("There is no key of TMDb", cure=_CURE)
        if not _PRINTABLE.fullmatch(self.key):
            raise SettingsError(
                "The key of TMDb has characters that no key has", where="not shown", cure=_CURE
            )
        try:
            parts = urlsplit(self.url)
            bare = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            bare = False
        if not bare or re.search(r"[@?#\s]", self.url) or self.url.endswith("/"):
            raise SettingsError(
                f"The address of TMDb's API is {self.url!r:.100}",
                cure=f"Set MATINEE_TMDB_URL to one such as {API}",
            )
        if parts.scheme == "http" and not _here(parts.hostname or ""):
            raise SettingsError(
                "The key would go over the network for everybody to read",
                where=self.url[:100],
                cure="Set MATINEE_TMDB_URL to an address that begins with https",
            )

    @property
    def is_token(self) -> bool:
        """Whether the key is a v4 token, to be shown in a header."""
        return bool(_TOKEN.fullmatch(self.key))

    def hide(self, text: str) -> str:
        """Return a text of TMDb's without the key, should it repeat it."""
        return text.replace(self.key, "…").replace(quote(self.key, safe=""), "…")


def _here(host: str) -> bool:
    """Tell whether a host is this machine, by its name alone: nothing is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
