"""The fields behind "Advanced": what they are called, what they take, and their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.query.knobs import WHOLE, knob_bounds
from matinee.query.options import KNOBS, OPTIONS
from matinee.service.forms import PAGE_SIZE, SearchForm

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULTS = SearchForm()
PRESETS = tuple(sorted({3, 5, 10, 25, PAGE_SIZE}))
"""Results a page to choose from; an address may say any other number."""


@dataclass(frozen=True, slots=True)
class Control:
    """A field of the form.

    Attributes:
        name: its name in the address.
        label: what it is called.
        hint: what it does.
        default: the value that is left out of the address; empty for a switch.
        choices: value and label of each, for one that chooses; the address may hold another value.
        low: the least, for a number.
        high: the most.
        step: of a number, ``any`` for one that need not be whole.
        on: for a switch, the value that it sends.
    """

    name: str
    label: str
    hint: str
    default: str
    choices: tuple[tuple[str, str], ...] = ()
    low: float | None = None
    high: float | None = None
    step: str = "1"
    on: str = ""


def _choice(name: str, label: str, choices: Mapping[str, str]) -> Control:
    hint = OPTIONS.get(name) or KNOBS[name]
    return Control(name, label, hint, _DEFAULTS.value(name), tuple(choices.items()))


def _switch(name: str, label: str, on: str) -> Control:
    return Control(name, label, OPTIONS[name], "", on=on)


def _number(name: str, label: str, low: float, high: float | None) -> Control:
    return Control(name, label, OPTIONS[name], _DEFAULTS.value(name), low=low, high=high)


def _knob(name: str, label: str) -> Control:
    low, high = knob_bounds(name) or (None, None)
    step = "1" if name in WHOLE else "any"
    return Control(name, label, KNOBS[name], _DEFAULTS.value(name), low=low, high=high, step=step)


CONTROLS: tuple[tuple[str, tuple[Control, ...]], ...] = (
    (
        "Answer",
        (
            _choice(
                "method",
                "Search by",
                {
                    "hybrid": "Everything",
                    "blend": "Fresh and popular",
                    "mmr": "Varied",
                    "ce": "Read closely",
                    "retrieval": "Meaning only",
                    "lexical": "Words only",
                },
            ),
            _choice(
                "sort",
                "Order",
                {
                    "relevance": "Best first",
                    "newest": "Newest first",
                    "oldest": "Oldest first",
                    "rating": "Best rated first",
                    "votes": "Best known first",
                    "shortest": "Shortest first",
                    "longest": "Longest first",
                    "title": "By title",
                },
            ),
            _choice(
                "lang_policy",
                "Languages, countries",
                {
                    "auto-hard": "As asked",
                    "auto-soft": "Only wishes",
                    "off": "Mere words",
                },
            ),
            _number("min_votes", "Votes, at least", 0, 2**31 - 1),
            _choice("k", "Results a page", {str(number): str(number) for number in PRESETS}),
            _switch("understand", "Take the query as mere words", "false"),
            _switch("top_up", "Fill up with titles that fit less", "true"),
        ),
    ),
    (
        "Lists",
        (
            _choice("fusion", "Fusion", {"convex": "By scores", "rrf": "By ranks"}),
            _knob("rrf_k", "Evenness of ranks"),
            _knob("w_dense", "Weight of meaning"),
            _knob("w_sparse", "Weight of words"),
            _knob("w_title", "Weight of titles"),
            _knob("dense_k", "Depth of meaning"),
            _knob("sparse_k", "Depth of words"),
        ),
    ),
    (
        "Fresh and popular, varied, read closely",
        (
            _knob("w_recency", "Gain of the fresh"),
            _knob("w_popularity", "Gain of the popular"),
            _knob("mmr_lambda", "Weight of relevance"),
            _knob("ce_k", "Titles read closely"),
            _knob("ce_budget_ms", "Time to read, in ms"),
        ),
    ),
)
"""Legend and fields of each group."""
