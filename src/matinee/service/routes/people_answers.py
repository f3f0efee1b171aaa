"""The shapes of answers about people, for the OpenAPI document alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from matinee.service.schemas import Title

if TYPE_CHECKING:
    from pydantic.config import JsonDict

_TITLE: Any = Title.model_config["json_schema_extra"]
_STARS: JsonDict = {"stars": 4.21, "low": None, "high": None}
_RECOMMENDED: JsonDict = _TITLE["example"] | {"score": 0.93, "predicted": _STARS}
_FRAME: JsonDict = {
    "method": "rdlae",
    "library": "v0001",
    "history": 12,
    "degraded": [],
    "took_ms": 1.3,
}
_LABEL: JsonDict = {"id": "tmdb:78", "name": "Blade Runner"}
_EXPLANATION: JsonDict = {
    "title": {"id": "tmdb:603", "name": "The Matrix"},
    "score": 0.81,
    "rank": 3,
    "against": False,
    "sentence": "Because you liked Blade Runner.",
    "reasons": [
        {
            "kind": "title",
            "title": _LABEL,
            "percent": 100.0,
            "parts": [{"kind": "item", "percent": 100.0}],
            "sentence": "You liked Blade Runner",
            "people": [],
            "genres": ["Science Fiction"],
            "gathered": 0,
        }
    ],
    "shares": [{"signal": "item", "title": _LABEL, "value": 0.81, "percent": 100.0, "gathered": 0}],
    "counterfactuals": [],
    "similar_to_your_favourites": [{"title": _LABEL, "similarity": 0.62}],
    "library": "v0001",
    "degraded": [],
}


class Stars(BaseModel):
    """Stars that a person is predicted to give."""

    stars: float = Field(description="0.5 to 5.")
    low: float | None = Field(
        description="Lower end of the interval that holds four of five ratings; null where the "
        "model has none."
    )
    high: float | None = Field(description="Its upper end.")


class View(BaseModel):
    """What one member of a group makes of a title."""

    member: str
    rank: int = Field(description="Its place by this member's taste alone.")
    percentile: float = Field(description="Titles ranked below it, in percent.")
    because: dict[str, str] | None = Field(
        description="Id and title of what speaks for it most in the member's history."
    )


class Recommended(Title):
    """A title and how well it suits."""

    model_config = ConfigDict(json_schema_extra={"example": _RECOMMENDED})

    score: float = Field(
        description="1 is what suits best of all that may be recommended, 0 least."
    )
    predicted: Stars | None = Field(
        description="The stars it would be given; null where the library cannot say."
    )
    why: dict[str, Any] | None = Field(
        None, description="As explain answers; present if that was asked for."
    )
    views: list[View] = Field(
        default_factory=list, description="Of the members; present for a group."
    )


class Recommendations(BaseModel):
    """Titles that suit somebody, the best first."""

    model_config = ConfigDict(json_schema_extra={"example": {**_FRAME, "results": [_RECOMMENDED]}})

    results: list[Recommended] = Field(
        description="Best first; of each title the fields that were asked for."
    )
    method: str = Field(description="The model that ranked.")
    library: str = Field(description="Version of the library that answered.")
    history: int = Field(description="Titles of the history that the model knew.")
    degraded: list[str] = Field(
        description="How the answer came about and what was missing, as sentences."
    )
    took_ms: float


class Explanation(BaseModel):
    """Why a title suits a person, or why it does not."""

    model_config = ConfigDict(json_schema_extra={"example": _EXPLANATION})

    title: dict[str, str] = Field(description="Id and name.")
    score: float = Field(description="What the model gave it.")
    rank: int = Field(description="Its place among the titles that may be recommended.")
    against: bool = Field(description="Whether no more speaks for it than against it.")
    sentence: str = Field(description="The gist.")
    reasons: list[dict[str, Any]] = Field(description="Those for it by size, then those against.")
    shares: list[dict[str, Any]] = Field(description="Of the score, in percent that sum to 100.")
    counterfactuals: list[dict[str, Any]] = Field(
        description="Score and rank without the titles of the first reasons."
    )
    similar_to_your_favourites: list[dict[str, Any]] = Field(
        description="Titles the person liked, and how near their stories are to this one's."
    )
    library: str
    degraded: list[str]


class Prediction(Stars):
    """Stars that a person is predicted to give to a title."""

    id: str
    title: str


class Predictions(BaseModel):
    """Predicted stars, in the order the titles were asked for."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "predictions": [{"id": "tmdb:603", "title": "The Matrix", **_STARS}],
                "library": "v0001",
                "degraded": [],
            }
        }
    )

    predictions: list[Prediction]
    library: str
    degraded: list[str]
