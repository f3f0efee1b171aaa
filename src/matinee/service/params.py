"""The parameters of a search over HTTP, the same in an address and in a JSON body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from matinee.query.filters import parse_search_filter
from matinee.query.knobs import FUSIONS, KNOB_NAMES, Knobs, knob_bounds
from matinee.query.options import OPTIONS, knob_help
from matinee.query.request import (
    LANG_POLICIES,
    MAX_K,
    MAX_QUERY,
    METHODS,
    SORTS,
    SearchRequest,
    check_k,
)
from matinee.service.paging import reach
from matinee.service.whole import WholeNumbers

if TYPE_CHECKING:
    from matinee.query.picture import PictureQuery

MAX_CONDITIONS = 64
"""Filters, or keys of one kind; a query of many conditions has some ten."""
MAX_EXCLUDED = 5_000
"""Titles left out; somebody who saw a film a day for ten years saw fewer."""
MAX_EXCLUDED_HERE = 500
"""Of these in an address, which has room for no more."""
MAX_ID = 100
"""Characters of an id; those of sources have some ten."""
MAX_CONDITION = 1_000
"""Characters of a filter or key; each filter costs a pass over the catalogue, however long."""

_KNOBS = Knobs()


def _whole(text: str) -> str:
    """Refuse halves of characters, which JSON can escape and no answer could repeat."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("holds half of a character (a lone surrogate)") from error
    return text


_Words = Annotated[str, AfterValidator(_whole)]
_Text = Annotated[_Words, Field(max_length=MAX_CONDITION)]
_Texts = Annotated[list[_Text], Field(max_length=MAX_CONDITIONS)]
_Id = Annotated[_Words, Field(max_length=MAX_ID)]


def _option(name: str, default: Any, **schema: Any) -> Any:
    """Return an option; its bounds are told here, and checked by the request with a cure."""
    return Field(default, description=OPTIONS[name], json_schema_extra=schema or None)


def _texts(name: str, *examples: str) -> Any:
    return Field(default_factory=list, description=OPTIONS[name], examples=[list(examples)])


def _knob(name: str) -> Any:
    bounds = knob_bounds(name)
    schema: dict[str, Any] = {"enum": list(FUSIONS)}
    if bounds is not None:
        schema = dict(zip(("minimum", "maximum"), bounds, strict=True))
    return Field(getattr(_KNOBS, name), description=knob_help(name), json_schema_extra=schema)


class SearchParams(BaseModel):
    """What a search asks for; a parameter of another name is refused."""

    model_config = ConfigDict(extra="forbid")

    q: _Words = Field(
        "",
        description=OPTIONS["q"] + " It may be empty where there are filters.",
        json_schema_extra={"maxLength": MAX_QUERY},
        examples=["smart heist thriller set in Europe"],
    )
    k: int = _option("k", 10, minimum=1, maximum=MAX_K, examples=[5])
    offset: int = Field(
        0,
        ge=0,
        lt=MAX_K,
        description="Results left out from the start, to read on where the last answer ended; "
        f"k and offset together are at most {MAX_K:,}.",
        examples=[10],
    )
    fields: str = Field(
        "",
        max_length=MAX_CONDITION,
        description="Names of the fields wanted of each result, with commas between; without it "
        "all of them. The id is always there.",
        examples=["id,title,year,score"],
    )
    method: str = _option("method", "hybrid", enum=list(METHODS))
    filter: _Texts = _texts("filter", "year:1990..1999", "-genre:Horror")
    exclude: Annotated[list[_Id], Field(max_length=MAX_EXCLUDED_HERE)] = _texts(
        "exclude", "tmdb:603", "tmdb:604"
    )
    without: _Texts = _texts("without", "language:ml")
    hard: _Texts = _texts("hard", "genre:Thriller")
    soft: _Texts = _texts("soft", "year:2021..")
    understand: bool = _option("understand", True)
    lang_policy: str = _option("lang_policy", "auto-hard", enum=list(LANG_POLICIES))
    min_votes: int = _option("min_votes", 0, minimum=0)
    sort: str = _option("sort", "relevance", enum=list(SORTS))
    top_up: bool = _option("top_up", False)
    facets: bool = _option("facets", False)
    explain: bool = _option("explain", False)
    dense_k: int = _knob("dense_k")
    sparse_k: int = _knob("sparse_k")
    rrf_k: int = _knob("rrf_k")
    w_dense: float = _knob("w_dense")
    w_sparse: float = _knob("w_sparse")
    w_title: float = _knob("w_title")
    fusion: str = _knob("fusion")
    w_recency: float = _knob("w_recency")
    w_popularity: float = _knob("w_popularity")
    mmr_lambda: float = _knob("mmr_lambda")
    ce_k: int = _knob("ce_k")
    ce_budget_ms: float = _knob("ce_budget_ms")

    def request(self, picture: PictureQuery | None = None) -> SearchRequest:
        """Return the request, for as many results as the page that is wanted reaches.

        Args:
            picture: to search by as well.

        Raises:
            QueryError: naming the value and its bounds.
        """
        check_k(self.k)
        return SearchRequest(
            self.q,
            k=reach(self.offset, self.k),
            method=self.method,
            knobs=Knobs(**{name: getattr(self, name) for name in KNOB_NAMES}),
            understand=self.understand,
            filters=tuple(map(parse_search_filter, self.filter)),
            exclude=frozenset(self.exclude),
            without=frozenset(self.without),
            hard=frozenset(self.hard),
            soft=frozenset(self.soft),
            lang_policy=self.lang_policy,
            min_votes=self.min_votes,
            sort=self.sort,
            top_up=self.top_up,
            facets=self.facets,
            explain=self.explain,
            picture=picture,
        )


class SearchBody(WholeNumbers, SearchParams):
    """What a search asks for, as JSON; types are those named, and other fields are refused."""

    # In an address everything is text; in JSON "5" and true are not the number they look like.
    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "example": {
                "q": "investigative thriller after 2010",
                "k": 5,
                "filter": ["language:ml|ta", "-genre:Horror"],
                "soft": ["year:2011.."],
                "explain": True,
            }
        },
    )

    exclude: Annotated[list[_Id], Field(max_length=MAX_EXCLUDED)] = _texts(
        "exclude", "tmdb:603", "tmdb:604"
    )
