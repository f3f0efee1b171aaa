"""Memory that a model will need, looked at before it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

GIBIBYTE = 2**30
_STAGE = "bytes of memory"


def check_memory(
    needed: int,
    cap: int,
    *,
    what: str,
    cure: str,
    progress: Callable[[str, int, int], None] | None = None,
) -> None:
    """Report the bytes needed, as a stage of its own, and refuse what is above the cap.

    Args:
        needed: estimate of the peak, in bytes.
        cap: most that may be taken.
        what: whose memory, for the message.
        cure: what makes it less.
        progress: is called with the stage, the bytes needed and the cap.

    Raises:
        InputError: more is needed than the cap.

    >>> check_memory(3 * GIBIBYTE, GIBIBYTE, what="The matrix", cure="Take fewer titles")
    Traceback (most recent call last):
    matinee.errors.InputError: The matrix needs 3.0 GiB of memory (the cap is 1.0 GiB). Take fewer \
titles.
    """
    if progress is not None:
        progress(_STAGE, needed, cap)
    if needed > cap:
        raise InputError(
            f"{what} needs {needed / GIBIBYTE:.1f} GiB of memory",
            where=f"the cap is {cap / GIBIBYTE:.1f} GiB",
            cure=cure,
        )
