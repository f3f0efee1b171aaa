"""Words of telling: what people say around a film when they try to remember it.

"I think I saw this movie on TV in the late 90s, the main character was a guy who..." In overviews
these words are rare, so a word index takes them for telling ones. Only long descriptions are freed
of them; in a short query "memory" or "television" is what is meant.
"""

from __future__ import annotations

from matinee.catalogue.words import plain_words

_TELLING = frozenset(
    """
    movie movies film films cinema theater theatre television tv channel cable dvd vhs video
    screen show trailer reddit edit
    remember remembered remembering recall recalled think thinking thought believe guess suppose
    know knew known saw see seen seeing watch watched watching looking find finding found trying try
    forgot forget forgotten memory memories vague vaguely fuzzy hazy
    maybe perhaps possibly probably definitely certainly pretty sure really quite actually basically
    kind sort bit lot lots thing things something someone somebody somewhere anything anyone
    everything stuff etc also even though much many mostly
    scene scenes shot shots part parts moment plot story storyline title titled name named called
    character characters main protagonist actor actors actress actresses played plays play playing
    role starring
    begin begins beginning began start starts started starting opening opens end ends ended ending
    finally point
    time times year years ago early late old recent around long back ever
    color colour black white
    like liked likes seem seems seemed feel feels felt appear appears appeared look looks
    looked might would could may certain one ones way
    say says said tell tells told get gets got getting go goes going went gone
    good great best bad better
    kid child childhood
    help please thanks thank appreciated detail details hint
    """.split()
)


def without_telling(text: str) -> str:
    """Return the words of a long description that may tell of the film itself.

    If nothing would be left, the text is returned as it is.

    >>> without_telling("I think I saw a movie where a shark eats swimmers")
    'i i a where a shark eats swimmers'
    """
    found = plain_words(text)
    kept = [word for word in found if word not in _TELLING]
    return " ".join(kept) if kept else text
