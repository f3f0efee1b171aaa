"""The network of :class:`matinee.train.neural.Neural` in torch, which is loaded when it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import MissingExtraError

if TYPE_CHECKING:
    import numpy.typing as npt

    from matinee.train.neural import Neural
    from matinee.types import Rows

    Floats = npt.NDArray[np.float32]


class RatingNetwork:
    """A network with the m ratings that it learns from.

    Args:
        config: sizes, and how it learns.
        users: int64 [m], each below ``people``.
        items: int64 [m], positions of titles.
        stars: float32 [m], beyond the mean.
        people: number of people.
        numbers: float32 [n, 3], of each title.
        own_numbers: float32 [m, 3], of the title of each rating, counted without that rating.
        genres: float32 [n, g].
        seed: of the first weights and of what is left out.

    Raises:
        MissingExtraError: torch is not installed.
    """

    def __init__(
        self,
        config: Neural,
        *,
        users: Rows,
        items: Rows,
        stars: Floats,
        people: int,
        numbers: Floats,
        own_numbers: Floats,
        genres: Floats,
        seed: int,
    ) -> None:
        try:
            import torch
        except ImportError as error:
            raise MissingExtraError("torch", "torch") from error
        self._torch: Any = torch
        self._config = config
        # A generator of its own: the caller's random numbers stay as they are.
        self._chance = torch.Generator().manual_seed(seed)
        self._users, self._items = torch.tensor(users), torch.tensor(items)
        self._stars, self._own_numbers = torch.tensor(stars), torch.tensor(own_numbers)
        self._numbers, self._genres = torch.tensor(numbers), torch.tensor(genres)

        first, second = config.hidden
        joint = 2 * config.width + config.numbers + config.genres
        self._weights: dict[str, Any] = {
            "people": self._drawn(people, config.width, config.spread),
            "titles": self._drawn(len(numbers), config.width, config.spread),
            "numbers": self._layer(numbers.shape[1], config.numbers),
            "numbers_bias": torch.zeros(config.numbers),
            "genres": self._layer(genres.shape[1], config.genres),
            "genres_bias": torch.zeros(config.genres),
            "first": self._layer(joint, first),
            "first_bias": torch.zeros(first),
            "second": self._layer(first, second),
            "second_bias": torch.zeros(second),
            # The untrained network says the mean.
            "out": torch.zeros(second),
            "out_bias": torch.zeros(1),
        }
        for tensor in self._weights.values():
            tensor.requires_grad_(True)
        self._optimizer = torch.optim.Adam(list(self._weights.values()), lr=config.rate)

    def learn(self, order: Rows) -> float:
        """Go through all ratings once, in an order int64 [m]; return the mean squared error."""
        total = 0.0
        for start in range(0, len(order), self._config.batch):
            rows = self._torch.tensor(order[start : start + self._config.batch])
            items = self._items[rows]
            found = self._forward(
                self._users[rows],
                items,
                self._own_numbers[rows],
                self._genres[items],
                learning=True,
            )
            loss = ((found - self._stars[rows]) ** 2).mean()
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            total += float(loss.detach()) * len(rows)
        return total / len(order)

    def predict(self, users: Rows, items: Rows) -> Floats:
        """Return the stars beyond the mean that people give to titles, float32 [p]."""
        torch = self._torch
        with torch.no_grad():
            at = torch.tensor(items)
            found = self._forward(torch.tensor(users), at, self._numbers[at], self._genres[at])
        return np.asarray(found.numpy(), np.float32)

    def weights(
        self, known: npt.NDArray[np.bool_], rated: npt.NDArray[np.bool_]
    ) -> tuple[dict[str, Floats], float]:
        """Return what :class:`matinee.taste.neural.FittedNeural` computes with.

        Args:
            known: bool [people], who gave a rating; all others get the mean embedding of these.
            rated: bool [n], which titles have one; likewise.

        Returns:
            Its arrays by name, and the bias of the last layer.
        """
        torch, weights, width = self._torch, self._weights, self._config.width
        with torch.no_grad():
            people, titles = weights["people"].clone(), weights["titles"].clone()
            average = people[torch.tensor(known)].mean(dim=0)
            people[torch.tensor(~known)] = average
            titles[torch.tensor(~rated)] = titles[torch.tensor(rated)].mean(dim=0)
            people = torch.cat([people, average[None]])
            joined = torch.cat([titles, *self._described(self._numbers, self._genres)], dim=1)
            arrays = {
                "people": people @ weights["first"][:width],
                "titles": joined @ weights["first"][width:] + weights["first_bias"],
                "weight": weights["second"],
                "bias": weights["second_bias"],
                "out": weights["out"],
            }
            copies = {name: array.detach().numpy().copy() for name, array in arrays.items()}
        return copies, float(weights["out_bias"].detach())

    def _forward(
        self, users: Any, items: Any, numbers: Any, genres: Any, *, learning: bool = False
    ) -> Any:
        weights = self._weights
        described = self._described(numbers, genres)
        joined = [weights["people"][users], weights["titles"][items], *described]
        units = self._torch.cat(joined, dim=1)
        for layer in ("first", "second"):
            units = self._torch.relu(units @ weights[layer] + weights[f"{layer}_bias"])
            if learning and self._config.dropout > 0:
                drawn = self._torch.rand(units.shape, generator=self._chance)
                units = units * (drawn >= self._config.dropout) / (1 - self._config.dropout)
        return units @ weights["out"] + weights["out_bias"]

    def _described(self, numbers: Any, genres: Any) -> tuple[Any, Any]:
        weights, relu = self._weights, self._torch.relu
        return (
            relu(numbers @ weights["numbers"] + weights["numbers_bias"]),
            relu(genres @ weights["genres"] + weights["genres_bias"]),
        )

    def _drawn(self, rows: int, columns: int, spread: float) -> Any:
        return self._torch.randn(rows, columns, generator=self._chance) * spread

    def _layer(self, inputs: int, units: int) -> Any:
        """Return weights that keep the scale of what goes through (He and others 2015)."""
        return self._drawn(inputs, units, float(np.sqrt(2.0 / max(inputs, 1))))
