"""The addresses of the systems that Matinee takes the place of, with the shapes they had.

What these answers cannot hold, such as that something is missing from them, is in their headers.
New programs do better with ``/v1``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from matinee.catalogue.identity import is_id
from matinee.catalogue.words import plain_words
from matinee.errors import QueryError, UnknownPersonError
from matinee.pipeline.recommend import recommend, taste_of
from matinee.pipeline.taste import CONTENT, POPULAR
from matinee.query.request import MAX_QUERY, SearchRequest, check_k
from matinee.query.wanted import RecommendRequest
from matinee.service.ages import seen_by, suitable
from matinee.service.depends import Opened, Reader, Stored, as_json, degrade, subject
from matinee.service.histories import Known
from matinee.service.routes import alias_answers as answers
from matinee.service.routes.people_params import lowest, moment
from matinee.service.routes.people_serving import People, recall, trained_person

if TYPE_CHECKING:
    from matinee.assembly import Library
    from matinee.catalogue.title import Title
    from matinee.pipeline.engine import Engine
    from matinee.pipeline.person import Person
    from matinee.pipeline.recommended import Recommendations, Recommended
    from matinee.pipeline.results import Result
    from matinee.protocols import Recommender
    from matinee.service.caller import Caller
    from matinee.service.histories import KnownPeople
    from matinee.store import Store

router = APIRouter()

NO_STARS, NO_CONTEXT, NO_EMBEDDINGS = "no-rating-model", "no-context", "no-embeddings"
ONLY_POPULAR, AMBIGUOUS = "popularity-alone", "title-ambiguous"
"""Flags of what is missing from an answer."""
OTHERS = "x-matinee-others"
"""Header with the ids of the other titles of that name, with commas."""
_NAMESAKES = 8
"""Titles of one name that are told; "Emma" has as many."""
_EXACT = 0.999
"""A name that matches as well as this is that name, case, accents and articles aside."""
_SHARE = 0.4
"""Of the content beside what other people chose, where the model has no part of it: the share
that the embeddings had in the system this address is from."""
_POOL = 200
"""Titles of each of the two lists that are added up at least."""
_POOL_TIMES = 5
"""How many times longer than the answer these are at least."""
_TOLD = ("vote_count", "vote_average", "poster_path", "popularity", "release_date", "year", "id")


@router.post("/api/recommend/query", response_model=answers.QueryAnswer, tags=["aliases"])
def by_query(
    request: Request, library: Opened, caller: Reader, body: Annotated[answers.QueryBody, Body()]
) -> Response:
    """Find films by a description, as netflix-recsys did; the same as /v1/search."""
    found = seen_by(library, caller.max_age).answer(SearchRequest(body.query, k=body.top_k))
    for flag in found.lacking:
        degrade(request, flag)
    told = [{"title": r.title.title, "score": round(r.score, 6)} for r in found]
    return as_json({"recommendations": told})


@router.get("/user_recommend/{user_id}", response_model=answers.UserAnswer, tags=["aliases"])
def by_user(
    request: Request,
    library: Opened,
    store: Stored,
    caller: Reader,
    people: People,
    user_id: answers.UserId,
    top_k: answers.HowMany = 10,
) -> Response:
    """Recommend films to a person, as cf-service did, none of those they rated."""
    check_k(top_k)
    known, age = _somebody(request, library, store, caller, people, user_id)
    wish = RecommendRequest(k=top_k, max_age=age)
    found = recommend(library.engine, wish, known.person)
    if library.engine.taste is not None and library.engine.taste.card.rating is None:
        degrade(request, NO_STARS)
    return as_json({"user_id": user_id, "recommendations": [_predicted(r) for r in found]})


@router.get("/title-or-prompt", response_model=list[answers.Alike], tags=["aliases"])
def by_title_or_prompt(
    request: Request,
    library: Opened,
    caller: Reader,
    input_text: Annotated[
        str,
        Query(
            max_length=MAX_QUERY,
            description="A title in any case, an id, or what somebody feels like watching.",
            openapi_examples={"a title": {"value": "the matrix"}},
        ),
    ],
    top_k: answers.HowMany = 10,
) -> Response:
    """Find films like a film or, where no film has that name, that fit a description.

    Where several films have the name the one with most votes is meant; the header
    X-Matinee-Others then holds the ids of the others, and an id may be asked for as well.
    """
    check_k(top_k)
    text, sight = input_text.strip(), seen_by(library, caller.max_age)
    headers = {}
    if is_id(text):
        found = sight.similar(sight.title(text).id, top_k)
    elif named := _named(library, text, caller.max_age):
        found = sight.similar(named[0].id, top_k)
        if len(named) > 1:
            degrade(request, AMBIGUOUS)
            headers = {OTHERS: ",".join(title.id for title in named[1:])}
    else:
        found = sight.answer(SearchRequest(text, k=top_k))
    for flag in found.lacking:
        degrade(request, flag)
    return as_json([_alike(result) for result in found], headers=headers)


@router.get("/movies/recommendations", response_model=answers.MovieAnswer, tags=["aliases"])
def movies(
    request: Request,
    library: Opened,
    store: Stored,
    caller: Reader,
    people: People,
    user_id: Annotated[
        str,
        Query(
            description="Name of the person; `me` is who asks.",
            max_length=64,
            openapi_examples={"yourself": {"value": "me"}},
        ),
    ] = "me",
    limit: answers.HowMany = 10,
    use_embeddings: Annotated[
        bool,
        Query(
            description="Heed what films are about, not only what other people chose.",
            openapi_examples={"only what others chose": {"value": False}},
        ),
    ] = True,
    use_context: Annotated[
        bool,
        Query(
            description="Heed the time of day and the day of the week.",
            openapi_examples={"heeded": {"value": True}},
        ),
    ] = False,
) -> Response:
    """Recommend films to a person, as the hybrid of embeddings did; both switches act."""
    check_k(limit)
    known, age = _somebody(request, library, store, caller, people, user_id)
    taste = taste_of(library.engine)
    wish = RecommendRequest(k=limit, max_age=age)
    if use_context:
        wish = replace(wish, context=moment("now"))
        if taste.context() is None:
            degrade(request, NO_CONTEXT)
    choose = _with_content if use_embeddings else _without_content
    found = choose(request, library.engine, wish, known.person)
    told = [_predicted(r) | {"id": r.title.id, "score": round(r.score, 6)} for r in found]
    return as_json({"user_id": user_id, "recommendations": told})


def _somebody(
    request: Request,
    library: Library,
    store: Store,
    caller: Caller,
    people: KnownPeople,
    name: str,
) -> tuple[Known, int | None]:
    """Return somebody of the store or, to an administrator, of the training, and the age limit.

    Raises:
        UnknownPersonError: nobody has that name, or they are none of the caller's business.
    """
    try:
        who = subject(store, caller, name)
    except UnknownPersonError:
        if not caller.is_admin or library.engine.taste is None:
            raise
        return Known(trained_person(library, name)), caller.max_age
    known = recall(request, people, store, library, who)
    return known, lowest(caller.max_age, who.max_age)


def _named(library: Library, text: str, max_age: int | None) -> list[Title]:
    """Return the suitable titles with that name, in any case, those with most votes first.

    Raises:
        QueryError: there is no text.
    """
    if not text:
        raise QueryError("input_text is empty", cure="Give a title, an id or a description")
    engine = library.engine
    near = engine.names.search(text, _NAMESAKES)
    found = engine.catalogue.titles(near.rows[near.scores >= _EXACT].tolist())
    titles = [title for title in found if suitable(library, title, max_age)]
    words = plain_words(text)
    same = [title for title in titles if plain_words(title.title) == words]
    return same or titles[:1]


def _with_content(
    request: Request, engine: Engine, wish: RecommendRequest, person: Person
) -> Recommendations:
    """Return recommendations in which what titles are about has a part."""
    taste = taste_of(engine)
    found = recommend(engine, wish, person)
    if found.method == POPULAR or _reads(taste.ranker(found.method)):
        # Of whom nothing is known there is nothing that a film could resemble.
        return found
    if CONTENT not in taste.card.rankings:
        degrade(request, NO_EMBEDDINGS)
        return found
    longer = replace(wish, k=min(1_000, max(_POOL, _POOL_TIMES * wish.k)))
    shares = ((found.method, 1.0 - _SHARE), (CONTENT, _SHARE))
    added: dict[str, Recommended] = {}
    for method, share in shares:
        for each in recommend(engine, replace(longer, method=method), person):
            before = added.get(each.title.id)
            score = share * each.score + (0.0 if before is None else before.score)
            added[each.title.id] = replace(each, score=score)
    best = sorted(added.values(), key=lambda each: (-each.score, each.title.id))
    return replace(found, results=tuple(best[: wish.k]))


def _without_content(
    request: Request, engine: Engine, wish: RecommendRequest, person: Person
) -> Recommendations:
    """Return recommendations that rest on what other people chose alone."""
    taste = taste_of(engine)
    names = (taste.card.default, *taste.card.rankings)
    others = (n for n in names if n != POPULAR and not _reads(taste.ranker(n)))
    method = next(others, POPULAR)
    found = recommend(engine, replace(wish, method=method), person)
    if _reads(taste.ranker(found.method)):
        # A history that nobody else shares is answered by what the titles are about.
        found = recommend(engine, replace(wish, method=POPULAR), person)
    if found.method == POPULAR:
        degrade(request, ONLY_POPULAR)
    return found


def _reads(model: Recommender) -> bool:
    """Tell whether a model, or a part of it, ranks by what titles are about."""
    return model.name == CONTENT or CONTENT in getattr(model, "members", {})


def _predicted(entry: Recommended) -> dict[str, Any]:
    title = entry.title
    return {
        "title": title.title,
        "predicted_rating": None if entry.stars is None else round(entry.stars.stars, 2),
        "vote_average": title.vote_average,
        "vote_count": title.vote_count,
        "popularity": title.popularity,
        "genres": list(title.genres),
    }


def _alike(result: Result) -> dict[str, Any]:
    title = result.title
    told = {"title": title.title, "similarity": round(result.score, 6)}
    return told | {name: getattr(title, name) for name in _TOLD} | {"genres": list(title.genres)}
