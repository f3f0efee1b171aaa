"""What is wrong or unusual with some titles, and under which numbers these are found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Oddity:
    """One way in which a title is unusual.

    Attributes:
        name: of the oddity.
        told: the fields of a film as they are answered.
        dateless: whether no listing by date has it.
    """

    name: str
    told: Mapping[str, Any] = field(default_factory=dict)
    dateless: bool = False

    def fields(self, kind: str) -> dict[str, Any]:
        """Return the fields under the names they have for a film or a series."""
        if kind == "movie":
            return dict(self.told)
        told = {_OF_SERIES.get(name, name): value for name, value in self.told.items()}
        if "runtime" in told:
            minutes = told.pop("runtime")
            told["episode_run_time"] = [] if minutes is None else [minutes]
        return told


_OF_SERIES = {
    "title": "name",
    "original_title": "original_name",
    "release_date": "first_air_date",
}
_TWIN = {"title": "The Twin Orchards", "original_title": "The Twin Orchards"}
_JUNIOR = ("Ambrose Halloway, Jr.", "Lindqvist, Tamsin", "Otto Quist, III")

ODDITIES = (
    Oddity("comma", {"title": "Anchor, Bridge, Lantern", "_people": _JUNIOR}),
    Oddity(
        "entities",
        {
            "title": "Salt &amp; Ember&#39;s <i>Garden</i>",
            "overview": "A cartographer &amp; her sister find a &quot;map&quot;.<br>It lies.&nbsp;",
        },
    ),
    Oddity(
        "mojibake",
        {"title": "Le cafÃ© de la riviÃ¨re", "overview": "Itâ€™s the last summer in BrackwÃ¤ter."},
    ),
    Oddity("no_poster", {"poster_path": None, "backdrop_path": None}),
    Oddity("empty_poster", {"poster_path": "", "backdrop_path": ""}),
    Oddity("zero_date", {"release_date": "0000-00-00"}),
    Oddity("empty_date", {"release_date": ""}),
    Oddity("null_date", {"release_date": None}, dateless=True),
    Oddity("no_overview", {"overview": "", "tagline": ""}),
    Oddity("null_overview", {"overview": None, "tagline": None}),
    Oddity("twin", _TWIN),
    Oddity("other_twin", _TWIN),
    Oddity("no_people", {"_people": ()}),
    Oddity("zero_runtime", {"runtime": 0, "budget": 0, "revenue": 0}),
    Oddity("null_runtime", {"runtime": None, "imdb_id": None}),
    Oddity("nul", {"title": "Null\x00 Meridian", "overview": "A robot\x00 counts\u2028 to zero."}),
    Oddity("surrogate", {"title": "Half a \ud83d Sparrow"}),
    Oddity("right_to_left", {"original_title": "حديقة المنارة", "title": "\u202eLantern Garden"}),
    Oddity("long", {"title": "Tower " * 400, "overview": "A very long winter. " * 2_000}),
    Oddity("lines", {"title": "Quarry\r\nof the Tarn\t", "overview": 'He said: "no",\n"never".'}),
)
"""In the order of the titles that have them. ``_people`` are the names of the cast and the crew.

A title with ``zero_date`` or ``empty_date`` is filed under a day and shown without it, as TMDb's
are where the release that was asked for has none.
"""
ODD = {each.name: number for number, each in enumerate(ODDITIES, start=101)}
"""The number of the film, and of the series, with each oddity."""
