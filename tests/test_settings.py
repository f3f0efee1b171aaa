from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import SettingsError
from matinee.settings import Settings, describe, example, load, values

ROOT = Path(__file__).parents[1]
NAMES = [field.name for field in fields(Settings)]


def test_defaults_and_values() -> None:
    assert Settings.from_environment({}) == Settings()
    read = Settings.from_environment(
        {"MATINEE_LIBRARY": "/films", "MATINEE_THREADS": "2", "MATINEE_PORT": "80"}
        | {"MATINEE_RERANKER": "mine", "MATINEE_HOST": ""}
        | {"MATINEE_CORS_ORIGINS": "https://A.example, http://b.example:81"}
        | {"MATINEE_ACCOUNTS": "ON", "MATINEE_TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8,::1"}
        | {"MATINEE_PUBLIC_URL": "https://films.example/", "MATINEE_RATE_LIMIT": "0.5"}
        | {"MATINEE_POSTER_HOST": "https://Posters.example/Large/", "MATINEE_PICTURE_SHARE": "0.3"}
    )
    assert read.reranker == "mine"
    assert (read.library, read.threads, read.port) == (Path("/films"), 2, 80)
    assert read.host == "127.0.0.1"  # an empty variable says nothing
    assert read.cors_origins == ("https://a.example", "http://b.example:81")
    assert read.trusted_proxies == ("127.0.0.1", "10.0.0.0/8", "::1")
    assert (read.accounts, read.public_url) == ("on", "https://films.example")
    assert (read.rate_limit, read.picture_share) == (0.5, 0.3)
    assert read.poster_host == "https://posters.example/Large"


@pytest.mark.parametrize("name", ["MATINEE_THREADS", "MATINEE_PORT"])
@pytest.mark.parametrize("value", ["x", "-1", "70000", "1.5"])
def test_values_that_cannot_be_used(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RATE_LIMIT", "nan"),
        ("RATE_LIMIT", "-1"),
        ("REQUEST_SECONDS", "0"),
        ("REQUEST_SECONDS", "inf"),
        ("QUEUE", "0"),
        ("WORKERS", "0"),
        ("ACCOUNTS", "maybe"),
        ("LOG_FORMAT", "xml"),
        ("SECRET", "short"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://a.example/path"),
        ("CORS_ORIGINS", "https://a.example,a.example"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "localhost"),
        ("PUBLIC_URL", "films.example"),
        ("PUBLIC_URL", "https://[half"),
        ("PUBLIC_URL", "https://somebody:pw@films.example"),
        ("PUBLIC_URL", "https://films.example/films"),
        ("POSTER_HOST", "posters.example/t/p"),
        ("POSTER_HOST", "ftp://posters.example"),
        ("POSTER_HOST", "https://somebody:pw@posters.example/t"),
        ("POSTER_HOST", "https://posters.example/t?size=1"),
        ("POSTER_HOST", "https://posters.example//t"),
        ("PICTURE_ROUTE", "guess"),
        ("PICTURE_SHARE", "1.5"),
        ("MAX_PICTURE", "0"),
    ],
)
def test_values_out_of_their_bounds(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"MATINEE_{name} in the environment"):
        Settings.from_environment({f"MATINEE_{name}": value})


@given(st.sampled_from(NAMES), st.text(st.characters(exclude_characters="\0"), max_size=40))
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    variable = f"MATINEE_{name.upper()}"
    try:
        read = Settings.from_environment({variable: text})
    except SettingsError as error:
        said = str(error)
    else:
        said = f"{variable} is {getattr(read, name)}"
    assert said.startswith(f"{variable} is ")


@given(st.one_of(st.none(), st.booleans(), st.floats(), st.lists(st.integers()), st.text()))
def test_whole_numbers_are_never_made_of_something_else(value: object) -> None:
    try:
        read = values.whole(0, 9)(value)
    except ValueError:
        return
    assert isinstance(value, str)
    assert 0 <= read <= 9


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder and a configuration folder with nothing in them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in os.environ:
        if name.startswith("MATINEE_"):
            monkeypatch.delenv(name)
    return tmp_path


def test_the_first_source_that_says_something_counts(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "config/matinee").mkdir(parents=True)
    toml = here / "config/matinee/config.toml"
    toml.write_text('# mine\nport = 1\nthreads = 1\nhost = "toml"\ncors_origins = ["http://a"]\n')
    (here / ".env").write_text("OTHER=1\nMATINEE_PORT=2\nexport MATINEE_THREADS='2'\n")
    monkeypatch.setenv("MATINEE_PORT", "3")
    before = dict(os.environ)
    read, said = load()
    assert (read.port, read.threads, read.host) == (3, 2, "toml")
    assert read.cors_origins == ("http://a",)
    assert said == {
        "port": "MATINEE_PORT in the environment",
        "threads": ".env, line 3",
        "host": f"{toml}, line 4, key host",
        "cors_origins": f"{toml}, line 5, key cors_origins",
    }
    assert dict(os.environ) == before
    assert Settings.from_environment() == read


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_the_toml_file_can_be_named(
    here: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (here / "mine.toml").write_text("port = 4\n")
    if place == "environment":
        monkeypatch.setenv("MATINEE_CONFIG", "mine.toml")
    else:
        (here / ".env").write_text("MATINEE_CONFIG=mine.toml\n")
    assert Settings.from_environment().port == 4
    (here / "mine.toml").unlink()
    with pytest.raises(SettingsError, match=r"no such file.*mine\.toml"):
        Settings.from_environment()


def test_values_of_env_files_count_as_written(here: Path) -> None:
    (here / ".env").write_text("MATINEE_DATABASE_URL='postgresql://me:a${HOME}b$c@db/x'\n")
    assert Settings.from_environment().database_url == "postgresql://me:a${HOME}b$c@db/x"


@pytest.mark.parametrize(
    ("file", "written", "said"),
    [
        (".env", "A=1\nMATINEE_PROT=1\n", r"MATINEE_PROT.*\.env, line 2.*MATINEE_PORT"),
        (".env", "MATINEE_port=1\n", r"MATINEE_port.*\.env, line 1.*MATINEE_PORT"),
        (".env", "MATINEE_PORT=x\n", r"MATINEE_PORT is 'x' \(\.env, line 1\)"),
        (".env", "A=1\n=oops\n", r"\.env, line 2"),
        (".env", "MATINEE_PORT='1\n", r"\.env, line 1"),
        ("c.toml", "\nprot = 1\n", r"'prot'.*c\.toml, line 2, key prot.*nearest is port"),
        ("c.toml", "[server]\nport = 1\n", r"'server'.*c\.toml, line 1"),
        ("c.toml", "port = true\n", r"MATINEE_PORT is True.*line 1, key port.*whole number"),
        ("c.toml", "port = 1.5\n", r"MATINEE_PORT is 1\.5"),
        ("c.toml", "host = 1\n", r"MATINEE_HOST is 1 .*a text"),
        ("c.toml", "rate_limit = [1]\n", r"MATINEE_RATE_LIMIT is \[1\]"),
        ("c.toml", "cors_origins = [1]\n", r"MATINEE_CORS_ORIGINS.*list of texts"),
        ("c.toml", "port = \n", r"cannot be read.*line 1.*c\.toml"),
    ],
)
def test_mistakes_in_files_are_named(
    here: Path, monkeypatch: pytest.MonkeyPatch, file: str, written: str, said: str
) -> None:
    (here / file).write_text(written)
    if file == "c.toml":
        monkeypatch.setenv("MATINEE_CONFIG", "c.toml")
    with pytest.raises(SettingsError, match=f"(?s){said}"):
        Settings.from_environment()


def test_files_that_are_no_text_are_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".env").write_bytes(b"MATINEE_HOST=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"cannot be read.*\.env"):
        Settings.from_environment()
    (here / ".env").unlink()
    (here / "c.toml").write_bytes(b'host = "\xff"\n')
    monkeypatch.setenv("MATINEE_CONFIG", "c.toml")
    with pytest.raises(SettingsError, match=r"cannot be read.*c\.toml"):
        Settings.from_environment()


def test_secrets_are_never_shown() -> None:
    secret = "s" * 40
    env = {"MATINEE_SECRET": secret, "MATINEE_DATABASE_URL": "postgresql://me:hunter2@db/x"}
    shown = str(describe(env)) + repr(Settings.from_environment(env))
    assert secret not in shown
    assert "hunter2" not in shown
    assert {row.name: row.value for row in describe(env)}["secret"] == "set"  # noqa: S105
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"MATINEE_SECRET": "hunter2"})
    assert "hunter2" not in str(refused.value)


def uncommented() -> dict[str, str]:
    """The settings of the example, name to what is written, and whether it is only an example."""
    return dict(re.findall(r"^#(\w+) = (.*)$", example(), re.MULTILINE))


def test_the_example_has_every_setting_with_its_default() -> None:
    found = uncommented()
    assert list(found) == sorted(found, key=list(found).index)
    assert set(found) == set(NAMES)
    for name, written in found.items():
        default = getattr(Settings(), name)
        if default is None:
            assert written.endswith("# example"), name
        else:
            value = tomllib.loads(f"x = {written}")["x"]
            assert "# example" not in written
            assert (tuple(value) if isinstance(default, tuple) else value) == default, name


def test_the_example_can_be_used_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(example())
    assert Settings.from_environment({"MATINEE_CONFIG": str(path)}) == Settings()
    path.write_text("\n".join(f"{name} = {value}" for name, value in uncommented().items()))
    read, said = load({"MATINEE_CONFIG": str(path)})
    assert set(said) == set(NAMES)
    assert read.library == Path("/srv/matinee/library")


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `MATINEE_(\w+)` \| .+ \| (.+) \|$", page, re.MULTILINE)
    assert [name.lower() for name, _ in rows] == NAMES
    for name, said in rows:
        default = getattr(Settings(), name.lower())
        if default is None:
            assert said.startswith("none"), name
        else:
            value = list(default) if isinstance(default, tuple) else default
            assert said == f"`{json.dumps(value)}`", name


def test_only_settings_reads_the_environment() -> None:
    readers = {
        path.relative_to(ROOT / "src/matinee").as_posix()
        for path in (ROOT / "src/matinee").rglob("*.py")
        if re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8"))
    }
    others = {
        "pipeline/build.py",  # SOURCE_DATE_EPOCH, a convention of the toolchain
        "service/metrics.py",  # the folder of prometheus_client, which has no other way
        "service/server.py",  # tells its workers' libraries how many threads to take
        "service/jobs_child.py",  # tells the command it runs what the server was told
    }
    assert readers == {"settings/record.py", *others}


def test_importing_the_settings_is_cheap() -> None:
    code = (
        "import sys, matinee.settings; "
        "print({'dotenv', 'platformdirs', 'tomllib', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
