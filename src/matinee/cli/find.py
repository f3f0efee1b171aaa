"""``matinee search``, ``matinee parse`` and ``matinee similar``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matinee.cli.options import (
    CountOption,
    JsonOption,
    LibraryOption,
    knob_option,
    open_library,
    print_json,
    request_option,
)
from matinee.query.knobs import Knobs
from matinee.query.options import POSTER_SHARE

_QUERY = "The query"
_ANSWER = "The answer"
_PICTURE = "The picture"
_KNOBS = Knobs()

Keys = list[str] | None


def search(
    query: Annotated[str, typer.Argument(help="What you feel like watching, or a title.")] = "",
    k: CountOption = 10,
    library: LibraryOption = None,
    method: Annotated[str, request_option("method")] = "hybrid",
    filters: Annotated[Keys, request_option("filter", "--filter", panel=_QUERY)] = None,
    exclude: Annotated[Keys, request_option("exclude", panel=_QUERY)] = None,
    without: Annotated[Keys, request_option("without", panel=_QUERY)] = None,
    hard: Annotated[Keys, request_option("hard", panel=_QUERY)] = None,
    soft: Annotated[Keys, request_option("soft", panel=_QUERY)] = None,
    lang_policy: Annotated[str, request_option("lang_policy", panel=_QUERY)] = "auto-hard",
    understand: Annotated[bool, request_option("understand", panel=_QUERY)] = True,
    min_votes: Annotated[int, request_option("min_votes", panel=_QUERY)] = 0,
    image: Annotated[Path | None, request_option("image", panel=_PICTURE)] = None,
    route: Annotated[str | None, request_option("route", panel=_PICTURE)] = None,
    share: Annotated[float | None, request_option("share", panel=_PICTURE)] = None,
    caption: Annotated[str | None, request_option("caption", panel=_PICTURE)] = None,
    join: Annotated[bool, request_option("join", "--join", panel=_PICTURE)] = False,
    sort: Annotated[str, request_option("sort", panel=_ANSWER)] = "relevance",
    top_up: Annotated[bool, request_option("top_up", "--top-up", panel=_ANSWER)] = False,
    facets: Annotated[bool, request_option("facets", "--facets", panel=_ANSWER)] = False,
    explain: Annotated[bool, request_option("explain", "--explain", panel=_ANSWER)] = False,
    dense_k: Annotated[int, knob_option("dense_k")] = _KNOBS.dense_k,
    sparse_k: Annotated[int, knob_option("sparse_k")] = _KNOBS.sparse_k,
    rrf_k: Annotated[int, knob_option("rrf_k")] = _KNOBS.rrf_k,
    w_dense: Annotated[float, knob_option("w_dense")] = _KNOBS.w_dense,
    w_sparse: Annotated[float, knob_option("w_sparse")] = _KNOBS.w_sparse,
    w_title: Annotated[float, knob_option("w_title")] = _KNOBS.w_title,
    fusion: Annotated[str, knob_option("fusion")] = _KNOBS.fusion,
    w_recency: Annotated[float, knob_option("w_recency")] = _KNOBS.w_recency,
    w_popularity: Annotated[float, knob_option("w_popularity")] = _KNOBS.w_popularity,
    mmr_lambda: Annotated[float, knob_option("mmr_lambda")] = _KNOBS.mmr_lambda,
    ce_k: Annotated[int, knob_option("ce_k")] = _KNOBS.ce_k,
    ce_budget_ms: Annotated[float, knob_option("ce_budget_ms")] = _KNOBS.ce_budget_ms,
    as_json: JsonOption = False,
) -> None:
    """Find films by a description, by title, or by a picture."""
    from matinee.cli.show import show
    from matinee.query.filters import parse_search_filter
    from matinee.query.picture import picture_query
    from matinee.query.request import SearchRequest

    # Checked before the library is opened: a wrong option is reported at once.
    picture = None
    if image is not None:
        from matinee.pictures import read_picture

        picture = read_picture(image)
    request = SearchRequest(
        query,
        k=k,
        method=method,
        knobs=Knobs(
            dense_k=dense_k,
            sparse_k=sparse_k,
            rrf_k=rrf_k,
            w_dense=w_dense,
            w_sparse=w_sparse,
            w_title=w_title,
            fusion=fusion,
            w_recency=w_recency,
            w_popularity=w_popularity,
            mmr_lambda=mmr_lambda,
            ce_k=ce_k,
            ce_budget_ms=ce_budget_ms,
        ),
        understand=understand,
        filters=tuple(map(parse_search_filter, filters or ())),
        exclude=frozenset(exclude or ()),
        without=frozenset(without or ()),
        hard=frozenset(hard or ()),
        soft=frozenset(soft or ()),
        lang_policy=lang_policy,
        min_votes=min_votes,
        sort=sort,
        top_up=top_up,
        facets=facets,
        explain=explain,
        picture=picture_query(picture, route=route, share=share, caption=caption, join=join),
    )
    opened = open_library(library)
    results = opened.answer(request)
    if as_json:
        print_json(results.to_dict())
    else:
        show(results, opened, filters=request.filters)


def parse(
    query: Annotated[str, typer.Argument(help="What somebody might ask for.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a query is taken to ask, and search for nothing."""
    from matinee.cli.show import show_understood
    from matinee.query.request import SearchRequest
    from matinee.query.slots import told

    checked = SearchRequest(query).text
    opened = open_library(library)
    understood = opened.parse(checked)
    if as_json:
        print_json(understood.to_dict() | {"slots": told(checked, opened.slots(checked))})
    else:
        show_understood(understood)


def similar(
    title: Annotated[str, typer.Argument(help="An id such as tmdb:603, or a name.")],
    k: CountOption = 10,
    poster_share: Annotated[float | None, typer.Option(help=POSTER_SHARE)] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find films like a film."""
    from matinee.cli.show import show

    opened = open_library(library)
    if not as_json:
        film = opened.title(title)
        typer.echo(f"Like {film.title} ({film.year or 'year unknown'}), {film.id}:")
    results = opened.similar(title, k, poster_share=poster_share)
    if as_json:
        print_json(results.to_dict())
    else:
        show(results, opened)
