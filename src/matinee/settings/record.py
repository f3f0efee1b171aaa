"""The settings: what each is called, what it may be and what it is when nobody says."""

# ruff: noqa: RUF009 -- _setting() returns a dataclass field, which ruff cannot see.
from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from matinee.errors import SettingsError
from matinee.models.registry import DEFAULT_CAPTIONER, DEFAULT_PICTURE_ENCODER, DEFAULT_RERANKER
from matinee.settings import sources, values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

SECRET_LENGTH = 32
"""What ``secrets.token_urlsafe(24)`` gives: 192 bits, which nobody guesses."""


def _setting(default: T, read: Callable[[object], object], *, secret: bool = False) -> T:
    # A secret is in no repr: those end up in tracebacks and logs.
    return field(default=default, repr=not secret, metadata={"read": read, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may be set from outside.

    Each is the variable ``MATINEE_NAME`` and the key ``name`` of the TOML file.

    Attributes:
        library: folder of the library; None means the default folder of the user, or the bundled
            demo library where that does not exist.
        cache: folder for what can be made again.
        data: folder of the evaluation data, read by ``matinee evaluate`` alone.
        reranker: name or folder of the cross-encoder.
        picture_encoder: name or folder of the model that encodes posters and pictures.
        captioner: name or folder of the model that says what a picture shows.
        picture_route: what a picture is searched by where nothing else is said: ``embedding``,
            ``caption`` or ``both``.
        picture_share: how much a picture counts in a search that has words too, 0 to 1.
        poster_share: how much posters count in what titles are alike, 0 to 1.
        max_picture: bytes of the largest picture that is read.
        poster_host: address that the paths of posters in a catalogue belong to.
        poster_size: size of the posters asked of it, as it calls that.
        posters: where the pictures on the pages come from, as ``matinee build --posters`` takes it:
            folders, Parquet files, ``tmdb``; none means that posters are drawn.
        poster_cache: bytes of the pictures that are kept to be shown.
        tmdb_key: a key (v3) or read access token (v4) of TMDb's API; the variable may be called
            ``TMDB_API_KEY`` too, as others call it.
        tmdb_url: address of TMDb's API.
        omdb_key: a key of OMDb's API.
        contact: address of mail or the web by which whoever asks other hosts can be reached; it is
            sent to them.
        threads: threads the models may use; 0 means all cores.
        host: address the server listens on.
        port: port the server listens on.
        database_url: where people's deeds are kept; None means the SQLite file ``store.db`` in
            the user's data folder.
        secret: what sessions are signed with; None means one made and kept beside the store.
        accounts: whether people sign in; ``auto`` is off on loopback until an account exists.
        workers: processes that answer.
        watch_seconds: how often a new version of the library is looked for; 0 is never.
        threads_per_worker: requests a worker works on at once.
        queue: requests in flight of a worker; what comes beyond it is refused at once.
        request_seconds: how long a request may take.
        max_body: bytes of the longest body that is read.
        rate_limit: requests a second of one token or session, twice that at once; 0 is no limit.
        cors_origins: sites whose pages may ask.
        log_format: ``text`` or ``json``.
        log_level: the least that is logged.
        answer_cache: answers kept by a worker; 0 keeps none.
        session_days: days after which one has to sign in again.
        trusted_proxies: addresses whose ``X-Forwarded-*`` headers are believed.
        public_url: address by which people reach the server.
    """

    library: Path | None = _setting(None, values.folder)
    cache: Path | None = _setting(None, values.folder)
    data: Path | None = _setting(None, values.folder)
    reranker: str = _setting(DEFAULT_RERANKER, values.text)
    picture_encoder: str = _setting(DEFAULT_PICTURE_ENCODER, values.text)
    captioner: str = _setting(DEFAULT_CAPTIONER, values.text)
    picture_route: str = _setting("embedding", values.choice("embedding", "caption", "both"))
    picture_share: float = _setting(0.5, values.number(0, 1))
    poster_share: float = _setting(0.0, values.number(0, 1))
    max_picture: int = _setting(10_000_000, values.whole(10_000, 100_000_000))
    poster_host: str = _setting("https://image.tmdb.org/t/p", values.web_folder)
    poster_size: str = _setting("w342", values.text)
    posters: tuple[str, ...] = _setting((), values.several(values.text))
    poster_cache: int = _setting(500_000_000, values.whole(1_000_000, 1_000_000_000_000))
    tmdb_key: str | None = _setting(None, values.text, secret=True)
    tmdb_url: str = _setting("https://api.themoviedb.org/3", values.web_folder)
    omdb_key: str | None = _setting(None, values.text, secret=True)
    contact: str | None = _setting(None, values.text)
    threads: int = _setting(0, values.whole(0, 1024))
    host: str = _setting("127.0.0.1", values.text)
    port: int = _setting(7860, values.whole(1, 65_535))
    database_url: str | None = _setting(None, values.text, secret=True)
    secret: str | None = _setting(None, values.long_text(SECRET_LENGTH), secret=True)
    accounts: Literal["auto", "on", "off"] = _setting("auto", values.choice("auto", "on", "off"))
    workers: int = _setting(1, values.whole(1, 256))
    watch_seconds: float = _setting(1.0, values.number(0, 3600))
    threads_per_worker: int = _setting(8, values.whole(1, 256))
    queue: int = _setting(256, values.whole(1, 100_000))
    request_seconds: float = _setting(30.0, values.number(0.1, 3600))
    max_body: int = _setting(1_000_000, values.whole(1_000, 1_000_000_000))
    rate_limit: float = _setting(50.0, values.number(0, 1_000_000))
    cors_origins: tuple[str, ...] = _setting((), values.several(values.origin))
    log_format: Literal["text", "json"] = _setting("text", values.choice("text", "json"))
    log_level: str = _setting(
        "info", values.choice("debug", "info", "warning", "error", "critical")
    )
    answer_cache: int = _setting(4096, values.whole(0, 10_000_000))
    session_days: int = _setting(30, values.whole(1, 3650))
    trusted_proxies: tuple[str, ...] = _setting((), values.several(values.network))
    public_url: str | None = _setting(None, values.web_address)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from wherever they are written.

        Args:
            environment: read this and what ``MATINEE_CONFIG`` in it names, and nothing else; None
                means the environment of the process, then ``.env``, then the TOML file.

        Raises:
            SettingsError: a value cannot be used, or a file says what there is not.
        """
        return load(environment)[0]


def load(environment: Mapping[str, str] | None = None) -> tuple[Settings, dict[str, str]]:
    """Read the settings, and tell of each where it was said.

    Args:
        environment: as for :meth:`Settings.from_environment`.

    Returns:
        The settings, and for each that was said the place where.

    Raises:
        SettingsError: a value cannot be used, or a file says what there is not.
    """
    env = os.environ if environment is None else environment
    readers = {entry.name: entry.metadata for entry in fields(Settings)}
    said: dict[str, sources.Said] = {}
    config = env.get(sources.CONFIG)
    dotenv = Path(".env")
    if environment is None and dotenv.is_file():
        said = sources.from_dotenv(readers, dotenv)
        config = config or sources.config_in(dotenv)
    toml = Path(config).expanduser() if config else None
    if environment is None and toml is None:
        toml = sources.default_config()
    written = {} if toml is None else sources.from_toml(readers, toml)
    said = written | said | sources.from_variables(readers, env)
    found = {}
    for name, entry in said.items():
        try:
            found[name] = readers[name]["read"](entry.value)
        except ValueError as error:
            shown = "…" if readers[name]["secret"] else f"{entry.value!r:.60}"
            raise SettingsError(
                f"{sources.PREFIX}{name.upper()} is {shown}",
                where=entry.source,
                cure=f"Set it to {error}",
            ) from None
    return Settings(**found), {name: entry.source for name, entry in said.items()}
