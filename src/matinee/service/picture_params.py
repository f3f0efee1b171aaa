"""The parameters of a search by picture and of looking for a poster: the fields of their forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from matinee.query.options import OPTIONS
from matinee.query.picture import DEFAULT_SHARE, MAX_CAPTION, ROUTES, PictureQuery
from matinee.query.request import MAX_K
from matinee.service.params import SearchParams
from matinee.service.uploads import PICTURE

if TYPE_CHECKING:
    from matinee.types import Picture

_FILE: dict[str, Any] = {
    "type": "string",
    "format": "binary",
    "description": "The picture as a file: JPEG, PNG, WebP, GIF, BMP or AVIF. No address is "
    "fetched.",
}
_REF = "#/components/schemas/{model}"
_SHOWN = "the bytes of still.jpg"
"""Stands for a picture in the examples."""


def _given(text: str | None) -> str | None:
    """Take an empty field of a form for one that was left out."""
    return text or None


class PictureParams(SearchParams):
    """What a search by picture asks for, as the fields of a form; others are refused."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "picture": _SHOWN,
                "q": "a quiet thriller after 2000",
                "k": 5,
                "route": "embedding",
                "share": 0.7,
            }
        }
    )

    route: Annotated[str | None, AfterValidator(_given)] = Field(
        None, description=OPTIONS["route"], json_schema_extra={"enum": list(ROUTES)}
    )
    share: float | None = Field(
        None,
        description=OPTIONS["share"],
        json_schema_extra={"minimum": 0, "maximum": 1, "example": DEFAULT_SHARE},
    )
    caption: Annotated[str | None, AfterValidator(_given)] = Field(
        None,
        description=OPTIONS["caption"],
        json_schema_extra={"maxLength": MAX_CAPTION, "example": "a man with a red balloon"},
    )
    join: bool = Field(False, description=OPTIONS["join"])

    def query(self, picture: Picture) -> PictureQuery:
        """Return what the picture is to do.

        Raises:
            QueryError: naming the value and its bounds.
        """
        return PictureQuery(picture, self.route, self.share, self.caption, self.join)


class RecogniseParams(BaseModel):
    """What is asked about a poster, as the fields of a form; others are refused."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"picture": _SHOWN, "k": 3}}
    )

    k: int = Field(
        5,
        description=f"How many titles at most, 1 to {MAX_K:,}.",
        json_schema_extra={"minimum": 1, "maximum": MAX_K},
    )


def form_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return what an operation says in the document of the form it reads by hand.

    Args:
        model: of its fields besides the picture.
    """
    made = model.model_json_schema(ref_template=_REF)
    made["properties"] = {PICTURE: _FILE, **made["properties"]}
    made["required"] = [PICTURE, *made.get("required", ())]
    for name, field in made["properties"].items():
        # A field of a form is a text or left out; that Python's None stands for that is our affair.
        options = field.pop("anyOf", ())
        field.update(*(one for one in options if one.get("type") != "null"))
        if field.get("default", "") is None:
            del made["properties"][name]["default"]
    schema = {"$ref": _REF.format(model=model.__name__)}
    body = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    return {"requestBody": body, "x-shapes": {model.__name__: made}}
