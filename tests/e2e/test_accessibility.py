"""Every page at three widths, dark and light: axe-core, sizes of targets, focus, reflow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.extra

AXE = Path(__file__).parents[2] / ".axe/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOUR = ["color-contrast", "link-in-text-block"]
"""The only rules whose answer depends on the theme: the second theme need not pass all again."""
RUN = """async (only) => (await axe.run(document, { resultTypes: ['violations'], runOnly: only }))
  .violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary}`))
"""
SMALL = """() => [...document.querySelectorAll(
    'a, button, input:not([type=hidden]), select, summary, textarea, [tabindex="0"]')]
  .filter(e => e.checkVisibility({ contentVisibilityAuto: true }) && !e.matches('.skip'))
  // What is drawn by its label is hit there.
  .map(e => e.labels?.length && e.offsetWidth < 3 ? e.labels[0] : e)
  // A link within a sentence is as high as its line.
  .filter(e => !(e.matches('p a, dd a, li a') && getComputedStyle(e).display === 'inline'
    && e.parentElement.textContent.trim() !== e.textContent.trim()))
  .map(e => [e.outerHTML.slice(0, 100), e.getBoundingClientRect()])
  .filter(([, box]) => box.width < 23.9 || box.height < 23.9)
  .map(([html, box]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${html}`)
"""
COVERED = """() => {
  const e = document.activeElement;
  if (e === document.body) return '';
  const box = (e.labels?.length && e.offsetWidth < 3 ? e.labels[0] : e).getBoundingClientRect();
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  const told = e.outerHTML.slice(0, 120);
  if (right - left < 1 || bottom - top < 1) return `out of sight: ${told}`;
  // All of it must not be hidden: one of nine points of what is in sight must be its own.
  for (const x of [0.5, 0.1, 0.9]) for (const y of [0.5, 0.1, 0.9]) {
    const at = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
    if (at && (e.contains(at) || [...e.labels ?? []].some(l => l.contains(at)))) return '';
  }
  return `covered: ${told}`;
}"""
STOPS = 120
"""Stops of the Tab key that are walked: past the header and well into what repeats."""


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core; absent only outside CI."""
    if not AXE.exists():
        message = "axe-core is not here: tools/install-axe"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return AXE.read_text("utf-8")


def test_axe_finds_no_violation(used, visit, name, axe):
    page = visit(used.pages[name], 360, reduced_motion="reduce", bypass_csp=True)
    page.add_script_tag(content=axe)
    found: dict[str, list[str]] = {}
    for width in (360, 768, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            only = {"type": "tag", "values": TAGS}
            if scheme == "light":
                only = {"type": "rule", "values": OF_COLOUR}
            if violations := page.evaluate(RUN, only):
                found[f"{width} {scheme}"] = violations
    assert found == {}


def test_it_has_one_heading_fits_and_can_be_hit(used, visit, name):
    page = visit(used.pages[name], 360)
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.title").endswith(" · Matinee")
    # 320 is what 1280 are at 400%.
    for width in (320, 360, 768, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL) == []
    broken = (
        "[...document.images].filter(i => i.src && i.complete && !i.naturalWidth).map(i => i.src)"
    )
    assert page.evaluate(broken) == []


@pytest.mark.parametrize("width", [390, 1440])
def test_focus_is_never_hidden(used, visit, name, width):
    page = visit(used.pages[name], width, reduced_motion="reduce")
    covered, reached = [], 0
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        reached += 1
        if told := page.evaluate(COVERED):
            covered.append(told)
    assert covered == []
    assert reached > 5
