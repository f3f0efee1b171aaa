"""Models of taste by name: those that rank titles, and those that predict stars."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from matinee.errors import InputError, LibraryCorruptError
from matinee.taste.storage import MODEL, load_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matinee.protocols import RankingModel, RatingModel, RatingPredictor, Recommender

# Name of the model -> module, its class before fitting, its class after.
RANKING: Mapping[str, tuple[str, str, str]] = {
    "popularity": ("matinee.taste.popularity", "Popularity", "FittedPopularity"),
    "item-knn": ("matinee.taste.item_knn", "ItemKnn", "FittedItemKnn"),
    "item-pearson": ("matinee.taste.item_knn", "ItemPearson", "FittedItemKnn"),
    "user-knn": ("matinee.taste.user_knn", "UserKnn", "FittedUserKnn"),
    "ease": ("matinee.taste.ease", "Ease", "FittedEase"),
    "rdlae": ("matinee.taste.ease", "Rdlae", "FittedEase"),
    "ials": ("matinee.taste.ials", "Ials", "FittedIals"),
    "content": ("matinee.taste.content", "ContentTaste", "FittedContentTaste"),
    "sequence": ("matinee.taste.sequence", "Sequence", "FittedSequence"),
    "blend": ("matinee.taste.blend", "Blend", "FittedBlend"),
}
"""Models that rank."""

RATING: Mapping[str, tuple[str, str, str]] = {
    "bias": ("matinee.taste.bias", "Bias", "FittedBias"),
    "item-knn": ("matinee.taste.rating_knn", "ItemRatingKnn", "FittedRatingKnn"),
    "user-knn": ("matinee.taste.rating_knn", "UserRatingKnn", "FittedRatingKnn"),
    "fm": ("matinee.taste.fm", "FactorisationMachine", "FittedFactorisationMachine"),
    "stack": ("matinee.taste.stack", "Stack", "FittedStack"),
    "neural": ("matinee.train.neural", "Neural", "FittedNeural"),  # training is a layer above
}
"""Models that predict stars."""

DEFAULT_RANKING = "blend"
DEFAULT_RATING = "stack"


def ranking_model(name: str, **parameters: Any) -> RankingModel:
    """Return a model that ranks, by its name.

    Raises:
        InputError: there is none of that name.
    """
    model: RankingModel = _class(RANKING, name, 1)(**parameters)
    return model


def rating_model(name: str, **parameters: Any) -> RatingModel:
    """Return a model that predicts stars, by its name.

    Raises:
        InputError: there is none of that name.
    """
    model: RatingModel = _class(RATING, name, 1)(**parameters)
    return model


def open_recommender(folder: Path) -> Recommender:
    """Open what a ranking model learnt.

    Raises:
        LibraryCorruptError: the folder is damaged, or of a model that is not known.
    """
    opened: Recommender = _opened(RANKING, folder)
    return opened


def open_predictor(folder: Path) -> RatingPredictor:
    """Open what a rating model learnt.

    Raises:
        LibraryCorruptError: the folder is damaged, or of a model that is not known.
    """
    opened: RatingPredictor = _opened(RATING, folder)
    return opened


def _opened(table: Mapping[str, tuple[str, str, str]], folder: Path) -> Any:
    name = load_values(folder)["model"]
    if name not in table:
        raise LibraryCorruptError(
            f"The model {name!r} is not known",
            where=str(folder / MODEL),
            cure="Train again with: matinee train taste",
        )
    return _class(table, name, 2).open(folder)


def _class(table: Mapping[str, tuple[str, str, str]], name: str, which: int) -> Any:
    if name not in table:
        raise InputError(
            "There is no such model", where=name, cure=f"Take one of {', '.join(sorted(table))}"
        )
    return getattr(import_module(table[name][0]), table[name][which])
