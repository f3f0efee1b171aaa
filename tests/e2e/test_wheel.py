"""What is installed from the wheel serves every page, with every file that a page asks for."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

import pytest

from matinee.service import assets, translations

pytestmark = pytest.mark.extra

ROOT = Path(__file__).parents[2]
PAGES = (
    "/?skip=1", "/start", "/search?q=a+heist", "/title/tmdb:603", "/you", "/tonight", "/pick",
    "/map", "/insights", "/admin", "/about", "/docs",
)  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources; pip brings what builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = told["build-system"]["requires"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--target", folder / "backend", *wanted], capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        message = f"pip cannot bring {', '.join(wanted)}: {done.stderr[-500:]}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    source = folder / "source"
    leave = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "src", source / "src", ignore=leave)
    for name in ("pyproject.toml", ".gitignore", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist"],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=300,
        env=os.environ | {"PYTHONPATH": str(folder / "backend")},
    )
    return next((folder / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel, which sees the dependencies of the one of the tests."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=120)
    python = folder / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--quiet"]
    subprocess.run([*pip, "--disable-pip-version-check", wheel], check=True, timeout=120)
    # What that folder itself points to, the sources among it, is not followed.
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


@pytest.fixture(scope="module")
def site(installed: Path, tmp_path_factory: pytest.TempPathFactory):
    """The demo, served by what is installed."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MATINEE_", "PYTHON", "XDG_"))
    }
    environment |= {
        "HOME": str(home),
        "MATINEE_CACHE": str(home / "cache"),
        "MATINEE_DATABASE_URL": f"sqlite:///{home / 'store.db'}",
        "PYTHONUNBUFFERED": "1",
    }
    where = subprocess.run(
        [installed / "bin/python", "-c", "import matinee; print(matinee.__file__)"],
        capture_output=True, text=True, check=True, cwd=home, env=environment,
    )  # fmt: skip
    assert where.stdout.startswith(str(installed))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    with (home / "log").open("wb") as stream:
        process = subprocess.Popen(
            [installed / "bin/matinee", "serve", "--demo", "--port", str(port)],
            cwd=home, env=environment, stdout=stream, stderr=stream,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{base}/health/ready", timeout=5).close()
                break
            except OSError:
                said = (home / "log").read_text()[-1000:]
                assert process.poll() is None, said
                assert time.monotonic() < deadline, said
                time.sleep(0.1)
        yield base
    finally:
        process.terminate()
        process.wait(30)


def get(address: str, **headers: str) -> tuple[str, bytes]:
    request = urllib.request.Request(address, headers={"accept": "text/html", **headers})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers["content-type"], answer.read()


def test_an_installed_wheel_serves_every_asset_and_page(site: str):
    asked = set()
    for path in PAGES:
        kind, body = get(site + path)
        assert kind.startswith("text/html")
        linked = re.findall(r'(?:src|href)="(/(?:static|poster)/[^"]+)"', body.decode())
        assert len(linked) > 2, path
        asked |= {urljoin(site, link.replace("&amp;", "&")) for link in linked}
    for address in sorted(asked):
        assert get(address)[1]
    for name, data in assets.FILES.items():
        assert get(f"{site}/static/x/{name}")[1] == data
    assert json.loads(get(f"{site}/openapi.json")[1])["paths"]


def test_it_speaks_every_language(site: str):
    for language in translations.LANGUAGES:
        body = get(site + "/about", **{"accept-language": language})[1].decode()
        assert f'<html lang="{language}"' in body
