"""What a picture in a request costs beside the models: decoding, recognising, and the request.

    python benchmarks/picture_overhead.py [--repeats 30] [--write]

The pictures have 4 megapixels (2,448 x 1,632), drawn by seed with the spectrum of photographs: the
amplitude of a structure falls with its frequency (f^-1.2), and a lens blurs the finest. The JPEGs
are of quality 90: 1.2 MB, as cameras write them, and one of 2.4 MB that is noise down to the pixel,
worse than any photograph. With MATINEE_DATA, posters too: of 224 x 336 pixels, enlarged to 4
megapixels, with grain.

Milliseconds are the median by the clock; beside them those of the process's own time, which count
where other work goes on. What decoding smaller loses is told as an encoder sees it: the mean
difference, in steps of 255, of the middle 224 x 224 pixels (bicubic, as CLIP does) from those of
the whole picture.

The requests, with the JPEG of quality 90 and one of quality 75, as the web has them, go through the
whole service in this process, without a socket but with the sender's work: the demo library, an
encoder of colours that takes no time, and 30,000 signatures (of pictures drawn by seed, each used
100 times with its points shifted) for recognising.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import io
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

import matinee
from matinee.pictures import PictureLimits, decode
from matinee.pictures.signature import POINTS, signature
from matinee.pictures.signature_index import SignatureIndex
from results import keep

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH, HEIGHT = 2_448, 1_632
LOOKED_AT = 224
SIGNATURES, DRAWN = 30_000, 300
SIDES = (1_024, 512, 256)


def drawn(width: int, height: int, seed: int, *, fall: float = 1.2, blur: float = 0.8) -> Any:
    """Return a picture of noise whose amplitude falls with its frequency."""
    rng = np.random.default_rng(seed)
    ups, downs = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    frequency = np.hypot(ups, downs)
    frequency[0, 0] = np.inf
    lens = np.exp(-2 * (np.pi * blur * np.where(np.isinf(frequency), 0, frequency)) ** 2)
    planes = []
    for _ in range(3):
        noise = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
        plane = np.fft.irfft2(noise * lens / frequency**fall, s=(height, width))
        planes.append(plane / plane.std())
    # Colours differ less than light does.
    grey = np.mean(planes, axis=0)
    stacked = np.stack([grey + 0.3 * (plane - grey) for plane in planes], axis=-1)
    stacked *= 50 / stacked.std()
    grain = rng.normal(0, 3, (height, width, 1)) if blur else 0
    return Image.fromarray(np.clip(128 + stacked + grain, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return the file of an image."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def posters() -> dict[str, bytes]:
    """Return posters enlarged to 4 megapixels, as JPEGs; none where the data is absent."""
    path = Path(os.environ.get("MATINEE_DATA", "/nowhere")) / "posters/posters_1200.parquet"
    if not path.is_file():
        return {}
    import pyarrow.parquet as pq

    column = pq.read_table(path, columns=["webp"]).column("webp")
    rng = np.random.default_rng(0)
    made = {}
    for place in rng.integers(0, len(column), 3):
        with Image.open(io.BytesIO(column[int(place)].as_py())) as small:
            image = small.convert("RGB").resize((HEIGHT, WIDTH), Image.Resampling.BICUBIC)
        values = np.asarray(image) + rng.normal(0, 6, (WIDTH, HEIGHT, 1))
        grainy = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
        made[f"poster {place}"] = encoded(grainy, "JPEG", quality=90)
    return made


def timed(work: Callable[[], object], repeats: int) -> dict[str, float]:
    """Return the median milliseconds, by the clock and of this process."""
    work()
    clock, own = [], []
    for _ in range(repeats):
        started, began = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - started)
        own.append(time.process_time() - began)
    return {"ms": 1e3 * statistics.median(clock), "own_ms": 1e3 * statistics.median(own)}


def looked_at(image: Image.Image) -> np.ndarray:
    """Return what an encoder is given of a picture, int [224, 224, 3]."""
    scale = LOOKED_AT / min(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    small = image.resize(size, Image.Resampling.BICUBIC)
    left, top = (small.width - LOOKED_AT) // 2, (small.height - LOOKED_AT) // 2
    return np.asarray(small.crop((left, top, left + LOOKED_AT, top + LOOKED_AT)), int)


def of_decoding(data: bytes, repeats: int) -> dict[str, Any]:
    """Return what decoding costs and loses, by the side that is asked for."""
    with Image.open(io.BytesIO(data)) as image:
        whole = looked_at(image.convert("RGB"))

    def in_full() -> None:
        with Image.open(io.BytesIO(data)) as image:
            image.load()

    found: dict[str, Any] = {"bytes": len(data), "pillow, whole": timed(in_full, repeats)}
    for side in SIDES:
        limits = PictureLimits(side=side, memory=200_000_000)
        pixels = decode(data, limits).pixels
        off = np.abs(looked_at(Image.fromarray(pixels)) - whole).mean()
        cost = timed(lambda limits=limits: decode(data, limits), repeats)  # type: ignore[misc]
        found[f"side {side}"] = {"shape": list(pixels.shape[:2]), **cost, "loss": float(off)}
    return found


def signatures() -> SignatureIndex:
    """Return an index of 30,000 signatures."""
    small = [decode(encoded(drawn(224, 336, seed), "PNG")) for seed in range(DRAWN)]
    made = np.repeat([signature(picture) for picture in small], SIGNATURES // DRAWN, axis=0)
    rng = np.random.default_rng(0)
    # Other codes, so that a table is as full as one of as many posters.
    codes = made[:, 8 : 8 + 8 * POINTS]
    codes[:] = rng.permuted(codes, axis=0)
    return SignatureIndex.build(made, np.arange(len(made)))


def of_requests(data: bytes, index: SignatureIndex, repeats: int) -> dict[str, Any]:
    """Return what requests cost in the service, without a model."""
    from starlette.testclient import TestClient

    from matinee.index.pictures import PictureIndex
    from matinee.pipeline.pictures import Pictures
    from matinee.service import create_app
    from matinee.settings import Settings
    from matinee.testing.fakes import ColourEncoder, FixedCaptioner

    library = matinee.open()
    encoder = ColourEncoder()
    rows = np.arange(len(library))
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(len(rows), encoder.spec.dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    small = SignatureIndex.build(
        np.stack([signature(decode(encoded(drawn(224, 336, 0), "PNG")))]), rows[:1]
    )
    pictures = Pictures(
        small, PictureIndex.build(encoder.spec, vectors, rows), lambda: encoder, FixedCaptioner
    )
    engine = dataclasses.replace(library.engine, pictures=pictures)
    seeing = type(library)(library.root, engine, is_demo=True)
    picture = decode(data)
    found: dict[str, Any] = {
        "decode": timed(lambda: decode(data), repeats),
        "signature": timed(lambda: signature(picture), repeats),
        "lookup in 30,000": timed(lambda: index.lookup(picture), repeats),
    }
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/store.db")
        app = create_app(seeing, settings=settings)
        with TestClient(app, base_url="http://localhost") as client:

            def post(path: str) -> None:
                files = {"picture": ("still.jpg", data, "image/jpeg")}
                answer = client.post(path, files=files)
                answer.raise_for_status()

            found["recognise, 1 signature"] = timed(lambda: post("/v1/pictures/recognise"), repeats)
            found["search by picture"] = timed(lambda: post("/v1/search/picture"), repeats)
            found["an empty request"] = timed(
                lambda: client.get("/v1/library").raise_for_status(), repeats
            )
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    photo = drawn(WIDTH, HEIGHT, 0)
    files = {
        "photo": encoded(photo, "JPEG", quality=90),
        "photo, progressive": encoded(photo, "JPEG", quality=90, progressive=True),
        "noise": encoded(drawn(WIDTH, HEIGHT, 0, fall=1.0, blur=0), "JPEG", quality=90),
        "photo, PNG": encoded(photo.quantize(256), "PNG"),
        "photo, WebP": encoded(photo, "WEBP", quality=90),
    }
    files |= posters()
    found: dict[str, Any] = {
        name: of_decoding(data, options.repeats) for name, data in files.items()
    }
    photo_file = files["photo"]
    found["digest"] = timed(lambda: hashlib.sha256(photo_file).hexdigest(), options.repeats)
    index = signatures()
    found["requests"] = {
        "photo, quality 90": of_requests(photo_file, index, options.repeats),
        "photo, quality 75": of_requests(
            encoded(photo, "JPEG", quality=75), index, options.repeats
        ),
    }
    table(found)
    keep("picture_overhead", found, write=options.write)


def table(found: dict[str, Any]) -> None:
    """Print milliseconds by the clock / of the process (what is lost), as the README has them."""
    sides = [f"side {side}" for side in SIDES]
    print("| picture | MB | " + " | ".join(("whole by Pillow", *sides)) + " |")
    print("|---|---|" + "---|" * (1 + len(sides)))
    for name, row in found.items():
        if "bytes" in row:
            whole = row["pillow, whole"]
            cells = [f"{whole['ms']:.1f} / {whole['own_ms']:.1f}"]
            for side in sides:
                cost = row[side]
                cells.append(f"{cost['ms']:.1f} / {cost['own_ms']:.1f} ({cost['loss']:.2f})")
            print(f"| {name} | {row['bytes'] / 1e6:.2f} | " + " | ".join(cells) + " |")
    print(f"\ndigest {found['digest']['ms']:.2f} ms")
    for file, rows in found["requests"].items():
        for name, row in rows.items():
            print(f"{file}, {name}: {row['ms']:.1f} / {row['own_ms']:.1f} ms")


if __name__ == "__main__":
    main()
