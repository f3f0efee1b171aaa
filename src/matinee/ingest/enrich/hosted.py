"""A source that is a host: asked of one title after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from matinee.ingest.asking.tries import RefusedError, UnansweredError
from matinee.ingest.enrich.answers import Answers
from matinee.ingest.enrich.outcome import Missing, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from matinee.catalogue.title import Title
    from matinee.errors import SourceError
    from matinee.ingest.enrich.asking import Asker, Asking
    from matinee.ingest.posters.manners import Manners


class Hosted(ABC):
    """What sources share that are hosts.

    Args:
        folder: where answers are kept.
        asking: how the host is asked.
        manners: how patiently.
        api: beginning of the addresses that the host documents for programs.
        keys: parameters that are sent with every request, but never kept or told.

    Attributes:
        requests: that were sent.
    """

    requests = 0

    def __init__(
        self,
        folder: Path,
        asking: Asking,
        *,
        manners: Manners,
        api: str,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        self._answers = Answers(folder)
        self._asking = asking
        self._manners = manners
        self._api = api
        self._keys = keys

    def find(self, titles: Sequence[Title]) -> Iterator[tuple[int, Outcome]]:
        """Yield what the host says of each title, in order.

        Raises:
            SourceError: the host refuses us or does not answer.
            InputError: the address leads into a private network.
        """
        from matinee.ingest.enrich.asking import Asker  # httpx2, for those alone who ask

        with Asker(
            self._answers, self._asking, manners=self._manners, api=self._api, keys=self._keys
        ) as asker:
            for position, title in enumerate(titles):
                try:
                    outcome = self._one(asker, title)
                except UnansweredError as error:
                    outcome = Missing(str(error), failed=True)
                except RefusedError as error:
                    raise self._refused(error) from error
                finally:
                    self.requests = asker.requests
                yield position, outcome

    @abstractmethod
    def _one(self, asker: Asker, title: Title) -> Outcome:
        """Return what the host says of a title."""

    @abstractmethod
    def _refused(self, error: RefusedError) -> SourceError:
        """Return what to tell of a host that refuses us."""
