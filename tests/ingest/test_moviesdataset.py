from __future__ import annotations

HEADER = ["adult", "belongs_to_collection", "genres", "id", "imdb_id", "original_language"]
HEADER += ["overview", "production_countries", "release_date", "title", "video"]
GENRES = "[{'id': 18, 'name': 'Drama'}]"
FILM = ["False", "", GENRES, "9001", "tt0009001", "en", "A pier.", "[]", "1995-10-30", "Pier", "F"]
BROKEN = [" - A line cut in two", "0.06", "x", "1997-08-20", "0", "104.0", "", "", "1", "X", ""]


def test_python_literals_companions_and_the_broken_line(put_csv, put) -> None:
    from matinee.ingest import read_catalogue

    film = [*FILM[:-1], "False"]
    put_csv([HEADER, film, BROKEN], "d/one")
    cast = """[{'character': "O'Neil", 'name': "Pat O'Dea", 'profile_path': None}]"""
    crew = "[{'job': 'Director', 'name': 'Uma Lind', 'profile_path': None}]"
    put_csv([["cast", "crew", "id"], [cast, crew, "9001"]], "d/two")
    words = put_csv([["id", "keywords"], ["9001", "[{'id': 1, 'name': 'pier'}]"]], "d/three")
    put_csv([["movieId", "imdbId", "tmdbId"], ["5", "0009001", "9001"]], "d/four")
    catalogue = read_catalogue([words.parent])
    (row,) = catalogue.table.to_pylist()
    assert row["ids"] == ["tmdb:9001", "imdb:tt0009001", "movielens:5"]
    assert row["cast"] == ["Pat O'Dea"]
    assert row["directors"] == ["Uma Lind"]
    assert row["keywords"] == ["pier"]
    assert row["genres"] == ["Drama"]
    (reject,) = catalogue.rejects
    assert (reject.line, reject.column, reject.value) == (3, "id", "1997-08-20")
    assert {f.role for f in catalogue.report.files} == {"", "credits", "keywords", "links"}
