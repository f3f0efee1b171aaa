"""The client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.client.experimenting import Experimenting
from matinee.client.jobs import Jobs
from matinee.client.listing import Listing
from matinee.client.looking import Looking
from matinee.client.operating import Operating
from matinee.client.rating import RatingTitles
from matinee.client.recommending import Recommending
from matinee.client.searching import Searching

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class MatineeClient(
    Searching, Looking, Recommending, RatingTitles, Listing, Experimenting, Jobs, Operating
):
    """Asks a Matinee over HTTP; may be used from several threads at once.

    A request that fails because the server is busy or cannot be reached is tried again, if it does
    no harm twice; everything else that goes wrong is a :class:`matinee.client.ClientError`.

    ::

        with MatineeClient("http://127.0.0.1:7860", token="mtn_...") as client:
            found = client.search("a heist in Paris", k=3)
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
