from __future__ import annotations

import numpy as np

from matinee.half import widen


def test_every_finite_half_is_widened_exactly() -> None:
    every = np.arange(65_536, dtype=np.uint16).view(np.float16)
    finite = every[np.isfinite(every)].reshape(-1, 8)
    wide = widen(finite)
    assert wide.dtype == np.float32
    assert wide.shape == finite.shape
    assert (wide == finite.astype(np.float32)).all()
    assert (np.signbit(wide) == np.signbit(finite)).all()
    assert (widen(finite[:, ::2]) == finite[:, ::2]).all()
