"""Kinds of stories: the catalogue's genres by the words people have for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from matinee.catalogue.words import plain_words
from matinee.query.conditions import Condition
from matinee.query.phrases import PhraseTable
from matinee.query.reading import Reading
from matinee.query.vocabulary import FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from matinee.query.lexicon import Lexicon
    from matinee.query.tokens import Query

_SURE: Final = 0.9
"""Weight of a word that means the genre ("thriller")."""
_LIKELY: Final = 0.6
"""Weight of one whose films mostly have the genre ("slasher", "scary")."""
_SUBJECT: Final = 0.35
"""Weight of a word that is as often what a story is about ("music", "family", "war")."""

# Genre: what means it, what makes it likely.
_WORDS: Mapping[str, tuple[str, str]] = {
    "Action": (
        "action|action packed",
        "martial arts|kung fu|superhero|superheroes|disaster movie|disaster film|action hero",
    ),
    "Adventure": ("adventure|adventures|swashbuckler|swashbuckling", "treasure hunt|quest"),
    "Animation": (
        "animation|animated|animations|cartoon|cartoons",
        "claymation|stop motion|hand drawn|cgi animation",
    ),
    "Comedy": (
        "comedy|comedies|comedic|dark comedy|black comedy|stand up comedy|buddy comedy",
        "funny|hilarious|humorous|satire|satirical|parody|spoof|mockumentary|slapstick|sitcom"
        "|lighthearted|light hearted|comical|makes me laugh|make me laugh",
    ),
    "Crime": (
        "crime|crime drama|crime thriller|true crime",
        "noir|neo noir|film noir|gangster|gangsters|gangster movie|mob movie|mafia movie",
    ),
    "Documentary": (
        "documentary|documentaries|docudrama|docuseries|docu series|docu",
        "nature documentary",
    ),
    "Drama": (
        "drama|dramas|dramatic|melodrama|period drama|costume drama",
        "tearjerker|tear jerker|coming of age",
    ),
    "Family": (
        "family film|family films|family movie|family movies|family comedy|family adventure"
        "|family animation|family fun|children s|childrens",
        "family friendly|kids movie|kids movies|kids film|kids films",
    ),
    "Fantasy": ("fantasy|fantasies", "fairy tale|fairytale|sword and sorcery|magical"),
    "History": ("history|historical|period piece", "period drama"),
    "Horror": (
        "horror|horrors|horror comedy|body horror|folk horror|gothic horror",
        "scary|creepy|spooky|terrifying|frightening|slasher|slashers|zombie|zombies|giallo"
        "|ghost story|haunted house|creature feature|monster movie|found footage",
    ),
    "Music": ("musical|musicals|music|concert film|rock opera", ""),
    "Mystery": (
        "mystery|mysteries|murder mystery|whodunit|whodunnit|whodunits",
        "detective story|detective film|detective movie|investigative",
    ),
    "Romance": (
        "romance|romances|romantic|love story|love stories",
        "chick flick|chick flicks",
    ),
    "Science Fiction": (
        "science fiction|sci fi|scifi|sf",
        "space opera|cyberpunk|dystopian|dystopia|post apocalyptic|time travel",
    ),
    "Thriller": ("thriller|thrillers|psychological thriller", "suspense|suspenseful|espionage"),
    "TV Movie": ("tv movie|tv movies|tv film|made for tv|television movie", ""),
    "War": ("war|war film|war films|war movie|war movies|war drama|anti war", ""),
    "Western": ("western|westerns|spaghetti western|spaghetti westerns", ""),
}
# What stands for several genres at once, or for one and more: the genres, all of them; and the
# words by which such a film is excluded, since excluding each genre would exclude too much.
_COMPOUNDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "romcom|romcoms|rom com|rom coms|romantic comedy|romantic comedies": (
        "Romance|Comedy",
        ("romcom", "romantic comedy"),
    ),
    "dramedy|dramedies": ("Drama|Comedy", ("dramedy",)),
    "biopic|biopics": ("Drama|History", ("biopic", "biography")),
}
_WHOLE_GENRE = frozenset(
    "scary creepy spooky terrifying frightening funny hilarious humorous comical suspense".split()
)
"""Likely words that, negated, exclude the genre."""
_ANIME = ("anime", "animes")
_SUBJECTS = frozenset(("music", "history", "war", "crime", "adventures", "quest", "fantasies"))
_NOT_GENRES = PhraseTable(
    dict.fromkeys(
        (
            "star wars",
            "war hero",
            "war criminal",
            "war veteran",
            "world war",
            "world war ii",
            "world war 2",
            "world war i",
            "world war one",
            "world war two",
            "vietnam war",
            "civil war",
            "cold war",
            "gulf war",
            "gang war",
            "before the war",
            "after the war",
            "during the war",
            "western world",
            "western europe",
            "western society",
            "western front",
            "western germany",
            "midwestern",
            "drama queen",
            "drama school",
            "drama club",
            "drama teacher",
            "crime scene",
            "crime boss",
            "crime lord",
            "crime syndicate",
            "crime family",
            "crime ring",
            "partners in crime",
            "life of crime",
            "music teacher",
            "music video",
            "music industry",
            "music box",
            "history teacher",
            "high school musical",
            "mystery man",
            "mystery woman",
            "class action",
            "live action",
            "action figure",
            "action figures",
            "stand up",
            "family history",
            "country music",
            "rock music",
            "fantasy world",
            "fantasy land",
            "romantic relationship",
            "romantic interest",
            "romantic partner",
        ),
        0,
    )
)


@dataclass(frozen=True, slots=True)
class _Entry:
    genres: tuple[tuple[str, float], ...]
    negative: tuple[Condition, ...] | None = None
    anime: bool = False


class Genres:
    """Reads genres and everyday words for them.

    Args:
        lexicon: the genres of the catalogue; a word for one it does not have means nothing here.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._table = PhraseTable(_entries(frozenset(lexicon.genres), frozenset(lexicon.languages)))

    def spans(self, query: Query) -> list[tuple[int, int]]:
        """Return the places of words that mean a genre, whether or not they are subjects."""
        return [(start, end) for start, end, _ in self._scan(query)]

    def read(self, query: Query) -> list[Reading]:
        """Return the genres of a query, all of them soft: stories are more than their genres."""
        readings = []
        for start, end, entry in self._scan(query):
            subject = end == start + 1 and query.words[start] in _SUBJECTS
            conditions = []
            for name, weight in entry.genres:
                if subject and not self._heads(query, start):
                    weight = _SUBJECT
                conditions.append(
                    Condition(field="genre", values=(name,), hard=False, weight=weight, label=name)
                )
            if entry.anime:
                conditions.append(
                    Condition(
                        field="language",
                        values=("ja",),
                        hard=False,
                        weight=_SURE,
                        label="Japanese",
                    )
                )
            readings.append(Reading(start, end, tuple(conditions), negative=entry.negative))
        return readings

    def _scan(self, query: Query) -> Iterable[tuple[int, int, _Entry]]:
        blocked = list(_NOT_GENRES.scan(query))
        for start, end, entry in self._table.scan(query):
            if not any(low <= start and end <= high for low, high, _ in blocked):
                yield start, end, entry

    def _heads(self, query: Query, i: int) -> bool:
        """Return whether a word like "war" names the kind of film: "war movies", "crime, 1994"."""
        before, after = query.word(i - 1), query.word(i + 1)
        if query.stops[i] > i + 1 and (after in _NOUNS or self._table.at(query, i + 1)):
            return True
        ends = not after or query.stops[i] == i + 1 or after in FUNCTION_WORDS
        return ends and before not in _BEFORE_SUBJECTS


_NOUNS = frozenset("film films movie movies story stories epic saga series".split())
_BEFORE_SUBJECTS = frozenset("with about of the a his her their and in by to for".split())


def _entries(genres: frozenset[str], languages: frozenset[str]) -> dict[str, _Entry]:
    table: dict[str, _Entry] = {}
    for name in sorted(genres):
        folded = " ".join(plain_words(name))
        if folded and name not in _WORDS:
            table[folded] = _Entry(((name, _SURE),))
    for name, groups in _WORDS.items():
        if name not in genres:
            continue
        for phrases, weight in zip(groups, (_SURE, _LIKELY), strict=True):
            for phrase in filter(None, phrases.split("|")):
                table[phrase] = _merged(table.get(phrase), name, weight, phrase)
    for phrases, (names, words) in _COMPOUNDS.items():
        found = tuple((name, _SURE) for name in names.split("|") if name in genres)
        if found:
            for phrase in phrases.split("|"):
                table[phrase] = _Entry(found, (_theme(words),))
    if "Animation" in genres:
        entry = _Entry((("Animation", _SURE),), (_theme(("anime",)),), anime="ja" in languages)
        table.update(dict.fromkeys(_ANIME, entry))
    return table


def _merged(entry: _Entry | None, name: str, weight: float, phrase: str) -> _Entry:
    negative = None
    if weight < _SURE and phrase not in _WHOLE_GENRE:
        # "No zombies" is no word against other horror.
        negative = (_theme((phrase,)),)
    if entry is None or any(genre == name for genre, _ in entry.genres):
        return _Entry(((name, weight),), negative)
    return _Entry((*entry.genres, (name, weight)), entry.negative)


def _theme(words: tuple[str, ...]) -> Condition:
    return Condition(field="theme", values=words, label=words[0])
