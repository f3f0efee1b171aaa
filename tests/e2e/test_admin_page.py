"""The page of administrators in a real browser: jobs are seen, stopped, killed and go on."""

from __future__ import annotations

import os
import re
import signal

import pytest
from playwright.sync_api import expect

import matinee
from matinee.service import create_app, jobs, jobs_child
from matinee.service.routes import admin
from matinee.settings import Settings

pytestmark = pytest.mark.extra

PATIENCE = 60_000
"""Milliseconds to wait for what takes some seconds on a machine with nothing else to do."""
BEGIN = "import os, sys, time\nwhile os.read(0, 1) != b'\\n': pass\n"
"""What a child of these tests does first: read the settings, as the real one does."""
COUNT = """
for n in range(1, 601):
    print('{"stage": "Encoding", "done": %d, "total": 600}' % n, file=sys.stderr, flush=True)
    time.sleep(0.05)
"""
"""A build that takes thirty seconds, and does nothing."""
TITLES = 900
"""A build of so many takes some seconds: enough to be killed in its midst."""
VECTOR = 788
"""Bytes of one vector in the log of a build, as tests/faults/test_build_killed.py has it."""


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A folder with a catalogue, and the library of its first titles."""
    folder = tmp_path_factory.mktemp("films")
    rows = [
        f"Film {i},{1950 + i % 70},A story of number {i} and a lawyer.\n" for i in range(TITLES)
    ]
    for name, count in (("few.csv", 20), ("films.csv", TITLES)):
        (folder / name).write_text("title,year,plot\n" + "".join(rows[:count]))
    matinee.build([folder / "few.csv"], folder / "library")
    return folder


@pytest.fixture(scope="module")
def site(serve, films):
    settings = Settings(database_url=f"sqlite:///{films / 'store.db'}")
    app = create_app(path=films / "library", settings=settings)
    if "/admin" not in {getattr(route, "path", "") for route in app.routes}:
        app.include_router(admin.router)
    return serve(app).url


@pytest.fixture
def open_page(browser, site):
    """Open the page, in a browser of some kind."""
    contexts = []

    def opened(script="", **kind):
        context = browser.new_context(base_url=site, **kind)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        if script:
            page.add_init_script(script)
        page.goto("/admin")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def slow(monkeypatch):
    """Let builds take their time."""
    monkeypatch.setattr(jobs_child, "_MAIN", BEGIN + COUNT)


def begin(page, kind, **fields):
    """Start a job by its form and return its place in the list."""
    form = page.locator(f"form:has(input[name=kind][value={kind}])")
    if not form.is_visible():
        page.locator(f"details:has(input[value={kind}]) summary").click()
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button").click()
    return page.locator(".job").first


def test_progress_comes_by_itself_and_a_job_is_paused_and_goes_on(open_page, slow):
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    job = begin(page, "build", paths="films.csv")
    expect(job).to_contain_text("Running", timeout=PATIENCE)
    expect(job).to_contain_text("left of this stage", timeout=PATIENCE)
    assert any(re.search(r"/v1/jobs/\d+/events$", url) for url in asked)
    assert float(job.locator("progress").get_attribute("max")) == 600
    # What has the keyboard keeps it, though the list is replaced at every step.
    job.get_by_role("button", name="Pause").focus()
    before = job.locator("progress").get_attribute("value")
    expect(job.locator("progress")).not_to_have_attribute("value", before, timeout=PATIENCE)
    assert page.evaluate("document.activeElement.id").endswith("-stop")
    page.keyboard.press("Enter")
    expect(job).to_contain_text("Paused", timeout=PATIENCE)
    expect(job).to_contain_text("What it had made is kept")
    job.get_by_role("button", name="Go on").click()
    expect(job).to_contain_text("Running", timeout=PATIENCE)
    # Somebody else may stop it too: the page says so, and to screen readers as well.
    following = next(url for url in asked if url.endswith("/events"))
    assert page.request.post(following.replace("/events", "/cancel")).ok
    expect(page.locator("#jobs-live")).to_have_text(re.compile("Paused$"), timeout=PATIENCE)
    expect(job).to_contain_text("Paused")


def test_without_events_the_page_asks_again_and_again(open_page, slow):
    page = open_page("delete window.EventSource")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    job = begin(page, "build", paths="films.csv")
    expect(job.locator("progress")).to_have_attribute("max", "600", timeout=PATIENCE)
    before = job.locator("progress").get_attribute("value")
    expect(job.locator("progress")).not_to_have_attribute("value", before, timeout=PATIENCE)
    assert not any(url.endswith("/events") for url in asked)
    job.get_by_role("button", name="Pause").click()
    expect(job).to_contain_text("Paused", timeout=PATIENCE)


def test_a_server_that_does_not_answer_is_said_and_asked_again(open_page, slow):
    page = open_page("delete window.EventSource")
    job = begin(page, "build", paths="films.csv")
    expect(job.locator("progress")).to_be_visible(timeout=PATIENCE)
    page.route("**/admin/jobs", lambda route: route.abort())
    expect(page.get_by_text("The server does not answer")).to_be_visible(timeout=PATIENCE)
    page.unroute("**/admin/jobs")
    expect(page.get_by_text("The server does not answer")).to_be_hidden(timeout=PATIENCE)
    job.get_by_role("button", name="Pause").click()
    expect(job).to_contain_text("Paused", timeout=PATIENCE)


def test_without_script_a_job_is_started_and_looked_at(open_page):
    page = open_page(java_script_enabled=False)
    job = begin(page, "verify")
    expect(job).to_contain_text("Check the library")
    for _ in range(60):
        if "Done" in job.inner_text():
            break
        page.get_by_role("link", name="Look again").click()
        page.wait_for_timeout(500)
    expect(job).to_contain_text("files are as they were built")


def test_a_killed_build_goes_on_where_it_was(open_page, films, monkeypatch):
    children = []
    start = jobs.start

    def noted(*args):
        children.append(start(*args))
        return children[-1]

    monkeypatch.setattr(jobs, "start", noted)
    page = open_page()
    job = begin(page, "build", paths=str(films / "films.csv"))
    log = films / "library" / ".building" / "vectors.log"
    # The page tells how far it is; the process is killed while there is much left.
    expect(job).to_contain_text(re.compile(r"[1-3]\d\d of 900"), timeout=PATIENCE)
    os.kill(children[0]._process.pid, signal.SIGKILL)
    expect(job).to_contain_text("Failed", timeout=PATIENCE)
    expect(job).to_contain_text("Its process was ended by SIGKILL")
    expect(job).to_contain_text("What it had made is kept")
    made = log.stat().st_size // VECTOR
    assert 80 <= made < TITLES - 20

    seen = []
    real = jobs_child.Child.progress

    def progress(child):
        seen.append(real(child))
        return seen[-1]

    monkeypatch.setattr(jobs_child.Child, "progress", progress)
    job.get_by_role("button", name="Go on").click()
    expect(job).to_contain_text("Done", timeout=PATIENCE)
    assert len(children) == 2
    # It begins with the twenty of the version before and all that the killed one had made.
    encoded = [done for stage, done, _ in seen if stage == "Encoding"]
    assert encoded
    assert min(encoded) >= made + 20
    # The server answers from it, and the page says so.
    for _ in range(60):
        # It opens and warms the new version beside the old one.
        page.goto("/admin")
        if f"with {TITLES} titles" in page.locator("#health").inner_text():
            break
        page.wait_for_timeout(500)
    expect(page.locator("#health")).to_contain_text(f"with {TITLES} titles")
    expect(page.locator("#versions")).to_contain_text("v0002 answers now")


@pytest.mark.parametrize("path", ["/admin", "/about"])
@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_it_fits(open_page, path, width):
    page = open_page(viewport={"width": width, "height": 800})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
