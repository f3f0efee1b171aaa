"""Words of requests that say nothing about the films asked for, and those that frame what does."""

from __future__ import annotations

FILM_NOUNS = frozenset(
    "film films movie movies cinema picture pictures flick flicks feature features title titles"
    " filmmaking moviemaking".split()
)
"""Words that say only that films are asked for."""

FUNCTION_WORDS = frozenset(
    "a an the and or but nor so of in on at to from by with without for about into over under after"
    " before between during through is are was were be been being am has have had do does did can"
    " could will would should shall may might must that which who whom whose this these those there"
    " here it its he him his she her they them their we us our you your i me my as if than then"
    " when where while what why how not no any some all each every both either neither more most"
    " very too just also only s t d m ll re ve im id ive dont doesnt didnt isnt arent".split()
)
"""Words that begin or end no name and describe no film."""

HEDGES = (
    "maybe",
    "perhaps",
    "possibly",
    "probably",
    "ideally",
    "preferably",
    "i think",
    "i guess",
    "i believe",
    "or so",
    "if possible",
    "if you can",
    "hopefully",
    "might be",
    "could be",
)
"""Words that say that what follows, or what they follow, need not be so."""

FIRM = (
    "must",
    "must be",
    "must have",
    "has to be",
    "have to be",
    "only",
    "strictly",
    "definitely",
    "exclusively",
    "nothing but",
)
"""Words that say that it must be so."""

FILLERS = (
    "show me",
    "give me",
    "find me",
    "find",
    "get me",
    "recommend me",
    "recommend",
    "suggest",
    "suggest me",
    "please",
    "search for",
    "list of",
    "i want to watch",
    "i want to see",
    "i want",
    "i would like to watch",
    "i would like to see",
    "i would like",
    "id like to watch",
    "id like to see",
    "id like",
    "i d like to watch",
    "i d like to see",
    "i d like",
    "i feel like watching",
    "feel like watching",
    "lets watch",
    "let us watch",
    "i need",
    "i am looking for",
    "im looking for",
    "i m looking for",
    "looking for",
    "i am in the mood for",
    "im in the mood for",
    "i m in the mood for",
    "in the mood for",
    "can you recommend",
    "could you recommend",
    "can you suggest",
    "do you know",
    "do you have",
    "are there any",
    "is there a",
    "is there",
    "what are some",
    "what are some good",
    "what is a good",
    "whats a good",
    "what s a good",
    "what are the",
    "what is a",
    "something",
    "anything",
    "some",
    "to watch",
    "to watch tonight",
    "tonight",
    "any good",
    "thanks",
    "thank you",
)
"""Words of asking; retrieval does better without them."""

MEMORIES = (
    "i remember",
    "i recall",
    "i saw",
    "i watched",
    "i once saw",
    "trying to find",
    "trying to remember",
    "trying to figure out",
    "trying to recall",
    "what is that movie",
    "what is that film",
    "whats that movie",
    "whats that film",
    "what s that movie",
    "what s that film",
    "what was that movie",
    "what was that film",
    "what movie is this",
    "name of the movie",
    "name of the film",
    "name of this movie",
    "name of a movie",
    "name this movie",
    "name that movie",
    "the movie where",
    "that movie where",
    "that film where",
    "the film where",
    "what is the movie",
    "what is the film",
    "what is the name",
    "can t remember",
    "cant remember",
    "cannot remember",
    "dont remember",
    "don t remember",
    "tip of my tongue",
    "when i was a kid",
    "when i was a child",
    "when i was little",
    "as a kid",
    "as a child",
    "i think it was called",
)
"""Words by which people tell of one film they have seen."""

DESCRIPTION_WORDS = 25
"""Longer queries tell of a film: of the spoken queries of the MIT corpus 15 % are longer, and
those are stories; requests with as many conditions as one can think of have some twenty words."""
