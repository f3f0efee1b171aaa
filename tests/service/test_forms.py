"""The form and its address say the same, whatever was asked."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from matinee.query.conditions import CHOICES, RANGES, Condition, Understood
from matinee.query.knobs import KNOB_NAMES, WHOLE, Knobs, knob_bounds
from matinee.query.request import LANG_POLICIES, METHODS, SORTS
from matinee.service import forms
from matinee.service.chips import chips, current
from matinee.service.forms import SearchForm

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
KEYS = st.lists(TEXT.filter(str.strip), max_size=3, unique=True).map(tuple)
FREE = sorted(CHOICES - {"language", "country", "kind", "person"})
"""Fields whose values are whatever the catalogue says."""


def knobs():
    numbers = {
        name: st.integers(*map(int, knob_bounds(name)))
        if name in WHOLE
        else st.integers(*(int(100 * bound) for bound in knob_bounds(name))).map(lambda n: n / 100)
        for name in KNOB_NAMES
        if knob_bounds(name) and name != "w_dense"
    }
    return st.fixed_dictionaries(numbers | {"fusion": st.sampled_from(["convex", "rrf"])}).map(
        lambda values: Knobs(**values)
    )


WORDS = TEXT.map(lambda text: text.replace("|", "").strip()).filter(bool)
CONDITIONS = st.one_of(
    st.builds(
        Condition,
        field=st.sampled_from(sorted(RANGES)),
        low=st.integers(0, 50),
        high=st.none() | st.integers(50, 3000),
        negated=st.booleans(),
    ),
    st.builds(
        Condition,
        field=st.sampled_from(FREE),
        values=st.lists(WORDS, min_size=1, max_size=3, unique=True).map(tuple),
        negated=st.booleans(),
    ),
)
FORMS = st.builds(
    SearchForm,
    text=TEXT,
    method=st.sampled_from(METHODS),
    k=st.integers(1, 1_000),
    page=st.integers(1, 1_000),
    knobs=knobs(),
    understand=st.booleans(),
    lang_policy=st.sampled_from(LANG_POLICIES),
    min_votes=st.integers(0, 10**6),
    sort=st.sampled_from(SORTS),
    top_up=st.booleans(),
    filters=st.lists(CONDITIONS, max_size=3, unique_by=lambda c: c.key).map(tuple),
    without=KEYS,
    hard=KEYS,
    soft=KEYS,
)


def keys(form):
    """Return the form with its filters by their keys: labels are made anew when it is read."""
    return replace(form, filters=tuple(condition.key for condition in form.filters))


@given(FORMS)
def test_an_address_restores_the_form(form):
    again = forms.read(QueryParams(form.url().partition("?")[2]))
    assert keys(again) == keys(form)
    assert again.url() == form.url()


READ = st.lists(
    st.builds(Condition, field=st.just("genre"), values=st.tuples(WORDS), hard=st.booleans()),
    max_size=4,
    unique_by=lambda c: c.key,
)


def answered(form, read):
    """Return the chips by key, as a library would let the conditions count."""
    counted = []
    for condition in read:
        key = condition.key
        if key not in form.without:
            hard = key in form.hard or (condition.hard and key not in form.soft)
            counted.append(condition.with_hard(hard))
    understood = Understood("", tuple(counted), ""), Understood("", tuple(read), "")
    return {chip.key: chip for chip in chips(current(form, understood[1]), *understood)}


def opened(url):
    return forms.read(QueryParams(url.partition("?")[2]))


@given(READ, st.data())
def test_toggling_twice_and_putting_back_restore_everything(read, data):
    form = SearchForm("x")
    for _ in range(data.draw(st.integers(0, 4))):
        shown = answered(form, read)
        links = [link for chip in shown.values() for link in (chip.toggle, chip.remove) if link]
        form = opened(data.draw(st.sampled_from(links))) if links else form
    for key, chip in answered(form, read).items():
        if chip.state == "removed":
            back = answered(opened(chip.remove), read)[key]
            assert back.state == ("must" if {c.key: c for c in read}[key].hard else "ideally")
            continue
        gone = answered(opened(chip.remove), read)
        assert gone[key].state == "removed"
        turned = answered(opened(chip.toggle), read)[key]
        assert {turned.state, chip.state} == {"must", "ideally"}
        assert answered(opened(turned.toggle), read)[key].state == chip.state
        # The others stay as they were.
        others = {k: c.state for k, c in gone.items() if k != key}
        assert others == {k: c.state for k, c in answered(form, read).items() if k != key}
