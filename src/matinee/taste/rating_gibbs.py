"""Gibbs sampling of a factorisation machine, by the package ``myfm``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from matinee.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Features that many rows share.

    Attributes:
        features: scipy CSR [b, f].
        row: int64 [n], which of the b each of the n rows has.
        widths: number of columns of each group; a group has one prior.
    """

    features: Any
    row: npt.NDArray[np.int64]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One sample of the posterior.

    Attributes:
        mean: the constant, stars.
        linear: float64 [f], over the columns of all blocks in order.
        factors: float64 [f, rank].
        noise: variance of the stars around the prediction; 1 by definition for levels.
        cuts: float64 [l - 1], where one of l levels ends and the next begins; empty for stars.
    """

    mean: float
    linear: npt.NDArray[np.float64]
    factors: npt.NDArray[np.float64]
    noise: float
    cuts: npt.NDArray[np.float64]


def draws(
    target: npt.NDArray[np.float64],
    blocks: Sequence[Block],
    *,
    levels: int = 0,
    rank: int,
    burn_in: int,
    samples: int,
    kept: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Draw]:
    """Return ``kept`` of the ``samples`` drawn after ``burn_in``, evenly spread.

    Args:
        target: float64 [n], stars, or numbers of levels from 0.
        blocks: what is told of the n rows.
        levels: 0 for stars (normal noise), else the number of levels (an ordered probit).
        rank: factors of a column.
        burn_in: steps whose weights are thrown away.
        samples: steps after these.
        kept: how many of them are returned.
        seed: of the sampler.
        progress: called with the steps done and their total.

    Raises:
        MissingExtraError: ``myfm`` is not installed.
    """
    try:
        # The interface below the package's classes: those print a bar and keep every sample.
        from myfm._myfm import ConfigBuilder, RelationBlock, TaskType, create_train_fm
    except ImportError as error:
        raise MissingExtraError("myfm", "taste") from error
    # A group without a feature, such as genres where no title has any, is none to the sampler.
    widths = [width for block in blocks for width in block.widths if width]
    builder = ConfigBuilder()
    # Priors as the package has them by default: alpha, lambda ~ Gamma(1/2, 1/2), mu ~ N(0, 1).
    for setting in ("alpha_0", "beta_0", "gamma_0", "reg_0"):
        getattr(builder, f"set_{setting}")(1.0)
    builder.set_mu_0(0.0)
    builder.set_fit_w0(True)
    builder.set_fit_linear(True)
    builder.set_group_index(np.repeat(np.arange(len(widths)), widths).tolist())
    builder.set_n_iter(burn_in + samples)
    builder.set_n_kept_samples(1)
    if levels:
        builder.set_task_type(TaskType.ORDERED)
        builder.set_cutpoint_groups([(levels, list(range(len(target))))])
    else:
        builder.set_task_type(TaskType.REGRESSION)
    wanted = set((burn_in + np.ceil((np.arange(kept) + 1) * samples / kept) - 1).astype(int))
    found: list[Draw] = []

    def each(step: int, machine: Any, hyper: Any, _: Any) -> bool:
        if step in wanted:
            found.append(
                Draw(
                    mean=float(machine.w0),
                    linear=np.array(machine.w),
                    factors=np.array(machine.V),
                    noise=1.0 if levels else 1 / float(hyper.alpha),
                    cuts=np.array(machine.cutpoints[0]) if levels else np.zeros(0),
                )
            )
        if progress is not None:
            progress(step + 1, burn_in + samples)
        return False

    create_train_fm(
        rank,
        _FIRST_SPREAD,
        sparse.csr_matrix((len(target), 0), dtype=np.float64),
        [RelationBlock(block.row.tolist(), block.features) for block in blocks],
        np.asarray(target, np.float64),
        seed,
        builder.build(),
        each,
    )
    return found


_FIRST_SPREAD = 0.1
"""Standard deviation of the weights before the first step, as the package has it by default."""
