"""What every page may weigh and how still it must stand; timings are in benchmarks/ui_speed.py."""

from __future__ import annotations

import gzip

import pytest

from matinee.service import assets

pytestmark = pytest.mark.extra

SCRIPT = 30_000
"""Bytes of gzipped modules."""
STYLE = 20_480
"""Bytes of style sheets, as the browser reads them."""
SHIFT = 0.02
"""Cumulative layout shift; Web Vitals calls 0.1 good."""
LOADED = """() => performance.getEntriesByType('resource').map(r => new URL(r.name).pathname)
  .filter(path => path.startsWith('/static/')).map(path => path.split('/').pop())"""
SHIFTED = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(seen => {
    for (const shift of seen.getEntries()) if (!shift.hadRecentInput) sum += shift.value;
  }).observe({ type: 'layout-shift', buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 0)));
})"""
SCROLL = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
    scrollTo({ top: y, behavior: 'instant' });
    await new Promise(requestAnimationFrame);
  }
}"""


def test_it_is_light_and_stands_still(used, visit, name):
    for width in (390, 1440):
        page = visit(used.pages[name], width)
        page.evaluate(SCROLL)
        page.wait_for_load_state("networkidle")
        loaded = set(page.evaluate(LOADED))
        of_kind = {
            kind: [assets.FILES[file] for file in loaded if file.endswith(kind)]
            for kind in (".css", ".js")
        }
        assert 0 < sum(map(len, of_kind[".css"])) <= STYLE, sorted(loaded)
        assert 0 < sum(len(gzip.compress(data)) for data in of_kind[".js"]) <= SCRIPT
        assert page.evaluate(SHIFTED) < SHIFT


def test_all_modules_together_are_light():
    scripts = [data for file, data in assets.FILES.items() if file.endswith(".js")]
    assert sum(len(gzip.compress(data)) for data in scripts) <= SCRIPT
