"""What is known of a title before any query: how good and how well known it is.

The prior settles near-ties and no more. It multiplies a relevance score by a factor between
``1 / (1 + strength)`` and 1, so with the default strength a title can only overtake one whose
relevance is less than a few per cent higher, however famous it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.types import Rows


@dataclass(frozen=True, slots=True)
class PriorConfig:
    """Parameters of the prior.

    Attributes:
        strength: the most that fame and quality together may add, as a share of relevance.
        doubt: votes at which a title's own mean counts as much as the catalogue's.
    """

    strength: float = 0.2
    doubt: float = 100.0


class Prior:
    """The prior of every title of a catalogue, in [0, 1].

    Half of it is fame, ``ln(1 + votes) / ln(1 + most votes)``; half is quality, the Bayesian mean
    ``(doubt * m + votes * mean) / (doubt + votes) / 10`` with m the catalogue's mean, set between
    the lowest and the highest of the catalogue. A title without votes has the lowest fame and
    middling quality: nothing is known against it.

    Attributes:
        quality: float32 [n] in [0, 1].
        fame: float32 [n] in [0, 1].
        values: float32 [n] in [0, 1], their mean.
        quality_rank: float32 [n], the share of titles that are not better.
        fame_rank: float32 [n], the share of titles that are not better known.

    Args:
        average: float64 [n], mean vote from 0 to 10, NaN where unknown.
        votes: float64 [n], number of votes, NaN where unknown.
        config: parameters.
    """

    def __init__(
        self,
        average: npt.NDArray[np.float64],
        votes: npt.NDArray[np.float64],
        config: PriorConfig | None = None,
    ) -> None:
        self._config = config or PriorConfig()
        count = np.where(np.isfinite(average), np.nan_to_num(votes, nan=0.0), 0.0)
        mean = np.nan_to_num(average, nan=0.0)
        total = count.sum()
        centre = float((mean * count).sum() / total) if total else 5.0
        doubt = self._config.doubt
        quality = (doubt * centre + count * mean) / (doubt + count)
        self.quality = _unit(quality).astype(np.float32)
        self.fame = _unit(np.log1p(count)).astype(np.float32)
        self.values = ((self.quality + self.fame) / 2).astype(np.float32)
        self.quality_rank = _rank(self.quality)
        self.fame_rank = _rank(self.fame)

    def shares(self, rows: Rows, *, times: float = 1.0) -> tuple[float, npt.NDArray[np.float32]]:
        """Return what is left of a relevance, and what the prior of rows [m] adds, as shares of it.

        A score is ``relevance * (left + added)``; left is ``1 / (1 + strength)``, and added lies
        between 0 and ``strength / (1 + strength)``, with the configured strength ``times`` over.
        """
        strength = self._config.strength * times
        added = self.values[rows] * np.float32(strength / (1.0 + strength))
        return 1.0 / (1.0 + strength), added.astype(np.float32, copy=False)


def _unit(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if not len(values) or (span := values.max() - values.min()) == 0:
        return np.full(len(values), 0.5)
    return np.asarray((values - values.min()) / span, np.float64)


def _rank(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    ordered = np.sort(values)
    return (np.searchsorted(ordered, values, "right") / max(1, len(values))).astype(np.float32)
