"""Make the demo library's derived files anew from its titles.

Run it after a change of ``src/matinee/demo/titles.jsonl`` or of the bundled encoder::

    python tools/build_demo.py --movielens FOLDER

It writes ``vectors.log`` (the documents' vectors, in the order of the titles) and, where the folder
of MovieLens "latest small" (2018) is given, ``ratings.parquet`` (its ratings of these titles).
"""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from matinee import demo
from matinee.catalogue.document import encoder_text
from matinee.catalogue.table import TitleTable
from matinee.encode import bundled_folder
from matinee.encode.onnx_text import OnnxTextEncoder
from matinee.encode.vector_log import VectorLog, document_keys
from matinee.ingest import read_catalogue


def write_vectors(titles: TitleTable, path: Path) -> None:
    """Encode every title and write the log, titles in order."""
    encoder = OnnxTextEncoder.from_folder(bundled_folder())
    texts = [encoder_text(title) for title in titles]
    vectors = encoder.encode_documents(texts)
    path.unlink(missing_ok=True)
    VectorLog(path, encoder.spec.dimension).append(document_keys(encoder.spec, texts), vectors)


def write_ratings(titles: TitleTable, folder: Path, path: Path) -> None:
    """Write the ratings of the titles that MovieLens knows."""
    source = next(p for p in (folder / "ratings.csv.gz", folder / "ratings.csv") if p.exists())
    data = source.read_bytes()
    ratings = pcsv.read_csv(
        pa.BufferReader(gzip.decompress(data) if source.suffix == ".gz" else data)
    )
    ids = {
        int(known.removeprefix("movielens:")): title.id
        for title in titles
        for known in title.ids
        if known.startswith("movielens:")
    }
    kept = ratings.filter(pc.is_in(ratings["movieId"], pa.array(ids, pa.int64())))
    table = pa.table(
        {
            "user": kept["userId"].cast(pa.int16()),
            "title": pa.array([ids[i] for i in kept["movieId"].to_pylist()]).dictionary_encode(),
            "half_stars": pc.cast(pc.multiply(kept["rating"], 2), pa.uint8()),
            "time": kept["timestamp"].cast(pa.int32()),
        }
    )
    pq.write_table(table, path, compression="zstd", compression_level=19)
    print(f"{table.num_rows:,} ratings of {len(ids):,} titles")


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--movielens", type=Path, help="folder of ml-latest-small")
    options = parser.parse_args()
    titles = TitleTable(read_catalogue([demo.TITLES], strict=True).table)
    write_vectors(titles, demo.VECTORS)
    if options.movielens is not None:
        write_ratings(titles, options.movielens, demo.RATINGS)


if __name__ == "__main__":
    main()
