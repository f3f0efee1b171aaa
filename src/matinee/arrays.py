"""Arrays in files, mapped into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.errors import LibraryCorruptError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


def load_array(path: Path, dtype: npt.DTypeLike | None = None) -> npt.NDArray[Any]:
    """Map a .npy file into memory, read-only; pickled content is refused.

    With ``dtype`` the array must be of that type and have one dimension.

    Raises:
        LibraryCorruptError: the file is missing, damaged, holds Python objects or another type.
    """
    try:
        # The plain view keeps the mapping but sheds the memmap class, whose slices cost 5 us each.
        array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        if dtype is not None and (array.dtype != dtype or array.ndim != 1):
            raise ValueError(f"it holds {array.dtype} in {array.ndim} dimensions")
        return array
    except (OSError, ValueError, EOFError) as error:
        raise LibraryCorruptError(
            f"An array of the library cannot be read: {error}",
            where=str(path),
            cure="Build the library again, or restore the folder from a copy",
        ) from error
