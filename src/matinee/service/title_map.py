"""The map of an open library as somebody of an age may see it, made once for each."""

from __future__ import annotations

import gzip
import weakref
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow.compute as pc

from matinee.index.clusters import nearest
from matinee.pipeline.title_map import open_map
from matinee.service.ages import suitable_rows

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.assembly import Library
    from matinee.catalogue.title import Title
    from matinee.index.clusters import Cluster
    from matinee.pipeline.title_map import TitleMap

MOST = 50_000
"""Titles drawn; of more, the best known."""
PER_PAGE = 40
"""Titles of a page of the list."""
_LEVEL = 6
"""Of gzip, that of all other answers."""
_KNOWN = 9
"""Weight of the title with most votes, on a scale of logarithms; 0 is that of one without."""
OLD = "This library was built without a map"
CURE = "Build it again with this version of Matinee: matinee build FILES"


@dataclass(frozen=True, slots=True)
class Region:
    """A region of the map with at least one title in sight.

    Attributes:
        number: its place among all regions of the library.
        cluster: what is known of it.
        size: titles in sight.
        parts: numbers of the regions of the level below whose middle lies in it.
    """

    number: int
    cluster: Cluster
    size: int
    parts: tuple[int, ...] = ()


class MapInSight:
    """The titles of a map that suit an age, the best known first.

    Args:
        library: an open one.
        found: its map.
        max_age: in years; None for no limit.
    """

    def __init__(self, library: Library, found: TitleMap, max_age: int | None) -> None:
        self._library, self._map = library, found
        self._columns = library.engine.columns
        votes = np.nan_to_num(self._columns.numbers("vote_count"))
        rows = np.argsort(-votes, kind="stable")
        if max_age is not None:
            rows = rows[suitable_rows(library, max_age)[rows]]
        self.suitable = len(rows)
        self.rows: npt.NDArray[np.int64] = rows[:MOST]
        scale = np.log1p(votes.max()) if len(votes) else 0.0
        self._weights = np.rint(_KNOWN * np.log1p(votes[self.rows]) / (scale or 1.0)).astype(int)
        # Region of each title in sight, by level.
        self._regions: dict[int, npt.NDArray[np.int64]] = {}
        for level in sorted({one.level for one in found.clusters}):
            numbers = [i for i, one in enumerate(found.clusters) if one.level == level]
            middles = np.array([(found.clusters[i].x, found.clusters[i].y) for i in numbers])
            self._regions[level] = np.array(numbers)[nearest(found.places[self.rows], middles)]

    @cached_property
    def regions(self) -> dict[int, Region]:
        """The regions by number, wide ones first, without those of which nothing is in sight."""
        clusters = self._map.clusters
        sizes = np.zeros(len(clusters), np.int64)
        for which in self._regions.values():
            sizes += np.bincount(which, minlength=len(clusters))
        wide = [i for i, one in enumerate(clusters) if one.level == 0]
        parts: dict[int, list[int]] = {i: [] for i in wide}
        for i, one in enumerate(clusters):
            if one.level and sizes[i]:
                apart = [(clusters[w].x - one.x) ** 2 + (clusters[w].y - one.y) ** 2 for w in wide]
                parts[wide[int(np.argmin(apart))]].append(i)
        return {
            i: Region(i, one, int(sizes[i]), tuple(parts.get(i, ())))
            for i, one in enumerate(clusters)
            if sizes[i] or parts.get(i)
        }

    def titles(self, number: int, page: int) -> list[Title]:
        """Return a page of the titles of a region, the best known first; pages count from 1."""
        which = self._regions[self._map.clusters[number].level]
        first = (page - 1) * PER_PAGE
        rows = self.rows[which == number][first : first + PER_PAGE]
        return self._library.engine.catalogue.titles(rows.tolist())

    def to_dict(self) -> dict[str, Any]:
        """Return the map as columns, entry i of each for the title i of those drawn."""
        table = self._library.engine.catalogue.table
        genres = table.column("genres").combine_chunks()
        has = pc.greater(pc.list_value_length(genres), 0).to_numpy(zero_copy_only=False)
        first = np.full(len(has), -1)
        coded = genres.flatten().take(np.asarray(genres.offsets)[:-1][has]).dictionary_encode()
        first[has] = coded.indices.to_numpy()
        # The commonest genre is number 0: colours are few.
        counts = np.bincount(first[has], minlength=len(coded.dictionary))
        order = np.argsort(-counts, kind="stable")
        place = np.append(np.argsort(order), -1)
        names = coded.dictionary.to_pylist()
        years = np.nan_to_num(self._columns.numbers("year")).astype(int)
        positions = self._map.positions[self.rows]
        fine = self._regions.get(1, np.empty(0, np.int64))
        return {
            "titles": self.suitable,
            "genres": [names[i] for i in order.tolist()],
            "id": table.column("id").take(self.rows).to_pylist(),
            "title": table.column("title").take(self.rows).to_pylist(),
            "year": years[self.rows].tolist(),
            "genre": place[first[self.rows]].tolist(),
            "weight": self._weights.tolist(),
            "x": positions[:, 0].tolist(),
            "y": positions[:, 1].tolist(),
            "region": fine.tolist(),
            "regions": [
                {
                    "number": i,
                    "label": one.cluster.label,
                    "level": one.cluster.level,
                    "x": one.cluster.x,
                    "y": one.cluster.y,
                    "size": one.size,
                }
                for i, one in self.regions.items()
            ],
        }

    @cached_property
    def body(self) -> bytes:
        """The map as JSON."""
        said = {"library": self._library.version, "degraded": []}
        return msgspec.json.encode(self.to_dict() | said)

    @cached_property
    def compressed(self) -> bytes:
        """The same, compressed once for all who ask."""
        return gzip.compress(self.body, _LEVEL, mtime=0)


class Maps:
    """Maps by library and age, made when first asked for; they go when their library goes."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[Library, dict[int | None, MapInSight | None]] = (
            weakref.WeakKeyDictionary()
        )

    def of(self, library: Library, max_age: int | None) -> MapInSight | None:
        """Return the map as somebody of an age may see it, None for a library without. May block.

        Raises:
            LibraryCorruptError: a file of the map is damaged.
        """
        ages = self._made.setdefault(library, {})
        if max_age not in ages:
            found = open_map(library.root / library.version, len(library))
            ages[max_age] = None if found is None else MapInSight(library, found, max_age)
        return ages[max_age]
