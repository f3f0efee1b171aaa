"""What each option of a search does, in one line, for every way of asking: help, API and page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.query.knobs import WHOLE, knob_bounds
from matinee.query.picture import MAX_CAPTION
from matinee.query.request import MAX_K, MAX_QUERY

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS: Mapping[str, str] = {
    "q": f"What somebody feels like watching, or a title; at most {MAX_QUERY:,} characters.",
    "k": f"How many results, 1 to {MAX_K:,}.",
    "method": "hybrid (everything, fused), retrieval (meaning alone), lexical (words alone), or "
    "hybrid and then blend (fresh and popular films gain), mmr (results that differ) or ce (the "
    "best read closely by a cross-encoder).",
    "understand": "Read conditions such as languages, years and people from the query; else it is "
    "only searched for.",
    "filter": "A condition every result satisfies, such as year:1990..1999, language:ml|ta or "
    "-genre:Horror; or like: with the id or name of a film, which results are to resemble; "
    "repeatable.",
    "exclude": "Id of a title that is not to be among the results, such as one already seen; "
    "repeatable.",
    "without": "Key of a condition of the query that is not to count; repeatable.",
    "hard": "Key of a condition of the query that every result must satisfy; repeatable.",
    "soft": "Key of a condition of the query that is but a wish; repeatable.",
    "lang_policy": "What languages and countries in the query are: auto-hard (as strict as they "
    "were asked for), auto-soft (wishes) or off (mere words).",
    "min_votes": "The fewest votes a title may have.",
    "sort": "Order: relevance, newest, oldest, rating, votes, shortest, longest or title.",
    "top_up": "Where fewer titles than asked for satisfy the conditions of the query, add others, "
    "and say so.",
    "facets": "Count the candidates by genre, language, country, kind, decade and certification.",
    "explain": "Tell of each result what its score is made of.",
    "image": "A picture to search by, with words or without: a poster, a still, a photograph.",
    "route": "What the picture is searched by: embedding (its vector against those of posters and "
    "texts), caption (it is described in words, and these are searched for) or both. Default: that "
    "of the settings.",
    "share": "How much the picture counts beside the words, 0 to 1. Default: that of the settings.",
    "caption": "What the picture shows, in words, instead of what the captioner would say; at most "
    f"{MAX_CAPTION:,} characters.",
    "join": "Search for caption and words as one text, instead of fusing what each of them finds.",
}
"""What each parameter of a search does."""

POSTER_SHARE = (
    "How much likeness of posters counts, 0 to 1; a film without a poster is judged by all else. "
    "Default: that of the settings."
)
"""What the parameter ``poster_share`` of films like a film does."""

KNOBS: Mapping[str, str] = {
    "dense_k": "Titles taken by meaning",
    "sparse_k": "Titles taken by words",
    "rrf_k": "Constant of reciprocal rank fusion; larger is flatter, and only rrf heeds it",
    "w_dense": "Weight of meaning",
    "w_sparse": "Weight of words",
    "w_title": "Weight of a matching title",
    "fusion": "How lists become one: convex (by scores) or rrf (by ranks)",
    "w_recency": "Of blend: what a film of this year may gain",
    "w_popularity": "Of blend: what the most voted film may gain",
    "mmr_lambda": "Of mmr: 1 ranks by relevance alone, 0 by difference alone",
    "ce_k": "Of ce: how many of the best are read",
    "ce_budget_ms": "Of ce: milliseconds it may take",
}
"""What each knob does, without its bounds."""


def knob_help(name: str) -> str:
    """Return what a knob does, and its bounds.

    >>> knob_help("dense_k")
    'Titles taken by meaning; a whole number from 1 to 10,000.'
    >>> knob_help("fusion")
    'How lists become one: convex (by scores) or rrf (by ranks).'
    """
    bounds = knob_bounds(name)
    if bounds is None:
        return f"{KNOBS[name]}."
    kind = "a whole number from " if name in WHOLE else ""
    return f"{KNOBS[name]}; {kind}{bounds[0]:,} to {bounds[1]:,}."
