"""Words to index terms: stop words and stemming. One way for documents and queries alike.

English words are stemmed by Snowball ("robberies", "robbery"); words of other scripts pass through
unchanged. How text is broken into words: :mod:`matinee.catalogue.words`.
"""

from __future__ import annotations

import threading
from functools import lru_cache

import Stemmer

from matinee.catalogue.words import words

STOP_WORDS = frozenset(
    """
    a about above against all am an and any are arent as at be because been being below between
    both but by cannot cant could couldnt did didnt do does doesnt doing dont during each few
    for from further had hadnt has hasnt have havent having he hed her here heres hers herself
    hes him himself his how hows i if im in into is isnt it its itself ive lets me more most
    mustnt my myself nor of on only or other ought our ours ourselves out shant she shes should
    shouldnt so some such than that thats the their theirs them themselves then there theres
    these they theyd theyll theyre theyve this those through to too until very was wasnt we
    were werent weve what whats when whens where wheres which while who whom whos why whys will
    with wont would wouldnt you youd youll your youre yours yourself yourselves youve
    """.split()
)
"""Words too common to tell titles apart, after Snowball's English list with apostrophes closed up.

Kept because they name things or turn a meaning: no, not, same, own, up, down, over, under, well,
hell ("he'll"), shell. A title made of stop words alone is found by the title index.
"""

_local = threading.local()


def terms(text: str) -> list[str]:
    """Return the index terms of ``text``: words without stop words, stemmed.

    >>> terms("The robberies in Paris")
    ['robberi', 'pari']
    """
    return [_stem(word) for word in words(text) if word not in STOP_WORDS]


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    if not word.isascii():
        return word
    # A Snowball stemmer keeps a buffer of its own, so threads must not share one.
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english", 0)
    return str(stemmer.stemWord(word))
