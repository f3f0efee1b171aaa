"""The only place that chooses implementations: opens, builds and trains libraries."""

from matinee.assembly.backtesting import adopt, backtest
from matinee.assembly.building import build_library
from matinee.assembly.demo import demo_library
from matinee.assembly.library import Library
from matinee.assembly.opening import open_engine, open_library
from matinee.assembly.parts import (
    default_encoder,
    default_reranker,
    default_root,
    default_store,
)
from matinee.assembly.poster_study import study_posters
from matinee.assembly.training import train_taste

__all__ = [
    "Library",
    "adopt",
    "backtest",
    "build_library",
    "default_encoder",
    "default_reranker",
    "default_root",
    "default_store",
    "demo_library",
    "open_engine",
    "open_library",
    "study_posters",
    "train_taste",
]
