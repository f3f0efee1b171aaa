"""The server's own errors, and its answers to what a test client cannot send."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time

import pytest
import uvicorn

from matinee.errors import SettingsError
from matinee.service import create_app, server


def test_a_port_in_use_is_named_with_its_cure(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"Port {port} is in use.*--port"):
            server.serve(host="127.0.0.1", port=port, settings=settings)


def test_an_address_that_is_none_is_named():
    with pytest.raises(SettingsError, match="--host"):
        server.bind("no.such.host.invalid", 0)


def test_importing_matinee_imports_no_web_framework():
    code = "import matinee, sys; print({'fastapi', 'uvicorn', 'jinja2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.fixture
def port(library, settings):
    listening = server.bind("127.0.0.1", 0)
    running = uvicorn.Server(server.configure(create_app(library, settings=settings)))
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield listening.getsockname()[1]
    running.should_exit = True
    thread.join(10)


@pytest.mark.parametrize(
    ("target", "statuses"),
    [
        (b"/v1/search?q=" + b"a" * 1_000_000, {414}),
        (b"/v1/search?q=" + b"%F0%9F%8E%AC" * 10_000, {200}),
        (b"/v1/search?q=\xff\xfe", {200, 400}),
        (b"/v1/search?q=%FF%ED%A0%80", {200}),
        (b"/v1/titles/%FF", {404}),
        (b"/../../etc/passwd", {404}),
        (b"//evil.example/", {404}),
        (b"/search?q=a b", {400}),
    ],
)
def test_raw_requests_never_fail_the_server(port, target, statuses):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(
            b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        head = link.makefile("rb").readline()
    assert int(head.split()[1]) in statuses
