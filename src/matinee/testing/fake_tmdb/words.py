"""Words that titles, people and plots are invented of."""

from __future__ import annotations

ADJECTIVES = tuple(
    "Amber Broken Crooked Distant Eleventh Forgotten Gilded Hollow Idle Jagged Kindled Last "
    "Midnight Narrow Orphaned Pale Quiet Restless Silent Tidal Unlit Velvet Winter Yellow".split()
)
NOUNS = tuple(
    "Anchor Bridge Cartographer Daughter Ember Ferryman Garden Harbour Inheritance Journey Kingdom "
    "Lantern Meridian Nightingale Orchard Passenger Quarry River Sparrow Tower Undertow Valley "
    "Watchmaker Yard Zenith".split()
)
PLACES = tuple(
    "Aldermoor Brackwater Corvane Dunleigh Eastmarch Fennholt Garrow Hestvik Ilmara Jorunn Kessel "
    "Lorne Marrowby Nethersea Ostrava Pellam Rookhill Sandgate Tarn Ulverton".split()
)
FIRST = tuple(
    "Ada Bertil Celia Dario Edda Farid Greta Hugo Imani Jonas Kira Lucian Mirela Noor Otto Petra "
    "Quentin Rosa Stellan Tamsin Ulla Viktor Wanda Yusuf Zora".split()
)
LAST = tuple(
    "Abbing Bellweather Castellane Drumond Eskander Falkenrath Grimaldo Halloway Ingersen "
    "Jaspard Kovalenko Lindqvist Marchetti Nakadai Okonjo Pemberley Quist Rautavaara Santorelli "
    "Thistlewood Umarov Valdemar Wexcombe Yamanobe Zielke".split()
)
SUBJECTS = tuple(
    "amnesia beekeeping blackmail chess circus divorce espionage flood forgery heist inheritance "
    "island jazz lighthouse mountaineering orphan piano revenge robot shipwreck sisters smuggling "
    "strike submarine train twins village winter witness workshop".split()
)
VERBS = tuple("finds hides steals mends follows betrays remembers inherits loses sells".split())

LANGUAGES = (
    ("en", 0.52, "English", "US", "United States of America"),
    ("fr", 0.11, "Français", "FR", "France"),
    ("es", 0.09, "Español", "ES", "Spain"),
    ("ja", 0.08, "日本語", "JP", "Japan"),
    ("de", 0.07, "Deutsch", "DE", "Germany"),
    ("hi", 0.06, "हिन्दी", "IN", "India"),
    ("ko", 0.04, "한국어/조선말", "KR", "South Korea"),
    ("it", 0.03, "Italiano", "IT", "Italy"),
)
"""Code, share of the titles, name, and the country most of its titles are from."""

FILM_GENRES = (
    28,
    12,
    16,
    35,
    80,
    99,
    18,
    10751,
    14,
    36,
    27,
    10402,
    9648,
    10749,
    878,
    53,
    10752,
    37,
)
SERIES_GENRES = (10759, 16, 35, 80, 99, 18, 10751, 10762, 9648, 10764, 10765, 10766, 10768, 37)
"""Numbers as :data:`matinee.ingest.genres.TMDB_GENRES` has them."""
