"""What turning an answer into JSON costs: msgspec against the framework's own way.

    python benchmarks/json_encoding.py [--write]

The answer is one of ten results from the demo library. The framework's way is ``jsonable_encoder``
and then ``JSONResponse``, which FastAPI does with what an endpoint returns.
"""

from __future__ import annotations

import argparse
import timeit

import msgspec
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

import matinee
from results import keep


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    answer = matinee.open().search("smart heist thriller set in Europe").to_dict()
    ways = {
        "msgspec_ms": lambda: msgspec.json.encode(answer),
        "framework_ms": lambda: JSONResponse(jsonable_encoder(answer)).body,
    }
    found = {name: min(timeit.repeat(way, number=200, repeat=7)) * 5 for name, way in ways.items()}
    keep(
        "json_encoding",
        found | {"ratio": found["framework_ms"] / found["msgspec_ms"]},
        write=options.write,
    )


if __name__ == "__main__":
    main()
