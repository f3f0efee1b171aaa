"""Palettes by genre: ground, tone, form and accent; and the arithmetic of contrast."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

MINIMUM_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, for text of ordinary size."""
VISIBLE = 1.6
"""Contrast below which two colours beside each other read as one."""
_TONE_SHARE = 0.16
"""How much of the old ground is in the tone of a turned palette: seen, and still quiet."""
_CREAM, _COAL = "#faf5ea", "#14120f"


@dataclass(frozen=True, slots=True)
class Palette:
    """Four flat colours.

    Attributes:
        ground: behind everything.
        tone: the quieter second colour of the ground.
        form: the main shape.
        accent: its highlight.
    """

    ground: str
    tone: str
    form: str
    accent: str

    def ink(self, behind: str) -> str:
        """Return a text colour that can be read on ``behind``, of the palette if one can be."""
        for colour in (self.accent, self.form, self.ground, _CREAM, _COAL):
            if contrast(colour, behind) >= MINIMUM_CONTRAST:
                return colour
        # One of the two always reaches 4.58.
        return max(("#ffffff", "#000000"), key=lambda c: contrast(c, behind))

    def turned(self) -> Palette:
        """Return the palette with ground and form in each other's place."""
        return Palette(
            self.form, _blend(self.form, self.ground, _TONE_SHARE), self.ground, self.accent
        )


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1, as WCAG defines it.

    >>> luminance("#ffffff")
    1.0
    """
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(maxsize=4096)
def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21, as WCAG defines it.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return round((light + 0.05) / (dark + 0.05), 4)


def _palettes(*rows: str) -> tuple[Palette, ...]:
    written = tuple(Palette(*(f"#{colour}" for colour in row.split())) for row in rows)
    return written + tuple(
        palette.turned() for palette in written if contrast(palette.accent, palette.form) >= VISIBLE
    )


def _blend(one: str, other: str, share: float) -> str:
    """Return a colour with that share of another one in it."""
    channels = (
        round(int(one[i : i + 2], 16) * (1 - share) + int(other[i : i + 2], 16) * share)
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{channel:02x}" for channel in channels)


PALETTES: dict[str, tuple[Palette, ...]] = {
    "Action": _palettes(
        "d9381e b62b14 16181d fbd46d",
        "14202e 22374e ff6b35 ffd275",
        "f4b41a e09c0b 1b1d22 c22c17",
        "efe6d4 d7c9ac d6401f 1a2a3f",
        "2b2d33 3f424b f2c230 f4eee0",
    ),
    "Adventure": _palettes(
        "1f6f78 2b8c96 f6c560 f7edd6",
        "f3d9a2 e9b565 b5452b 20484d",
        "2e4d2f 436b42 eda93b f5ead0",
        "274472 365b96 f58f4f f7e7c2",
        "c9552f b04623 fbe0ad 1d3540",
    ),
    "Animation": _palettes(
        "1fa3b3 15899a ffd23f fff4dd",
        "ff8c61 f9704a ffe066 2d3a6b",
        "4b3f99 6254bd ff9eb5 ffe9a8",
        "f9e9c4 f6cf8b 2f8f6e dd4b23",
        "1e6091 2a7db8 f9c74f f8f1e0",
        "d8434e c0333e fdf0d5 2b3a67",
    ),
    "Comedy": _palettes(
        "f7c52d f0a91e d7402b 1f2a44",
        "f3efe2 bfe0d6 ef6f4c 26344f",
        "1f857e 19706a fbd14b fdf3dc",
        "ef7a5a e0603f fdf0d2 263a5e",
        "2f4b8f 3e61b3 ffcf48 ff9a7d",
    ),
    "Crime": _palettes(
        "10141f 232c40 d9472b f4c95d",
        "f0e6d2 d8c7a3 1b1b1f c8352b",
        "1f2d3a 31495c f2b84b f5eddc",
        "7d1d1d 9c2a25 141216 f3d9b1",
        "e3b23c c9962a 18171b f6efe0",
    ),
    "Documentary": _palettes(
        "f2f0e8 dcd8c8 1e2a33 d9481f",
        "24343b 37505a 9fd0c2 f3efe2",
        "e8b33a d59c22 1e2326 f7f0df",
        "4d6164 3f5154 f3e9d3 e8b04a",
        "1d3f5e 2a5681 f0a15c f4ecdb",
    ),
    "Drama": _palettes(
        "22303f 33495c e0a458 f1e8d8",
        "ece3d4 cdbfa8 3a4a5a b5523b",
        "5b3a34 74504a e7c49a f5eadb",
        "3e5641 55735a e9c46a f3eddc",
        "c7d0d1 9fb1b5 2a3a47 b0452e",
        "9c4a34 86392a f3cf9b 241c22",
    ),
    "Family": _palettes(
        "74c2d6 53abc4 f9d35b 1f3a5f",
        "fbe7b8 f7cd7a e8643c 2c5a4b",
        "2f7a59 27664a fbd75f fdf3df",
        "e9604a d24a37 fde7b0 25406b",
        "3b5ba5 4a6fc4 ffb4a2 fff0cf",
    ),
    "Fantasy": _palettes(
        "1d2b53 2f4480 c9a2f2 f8e3a1",
        "123c36 1d5a50 e7b84c f3ecd2",
        "f0e2cc d9b8a8 5a3273 b0741c",
        "512d6d 6d3f8f f0a3b8 fbe6b8",
        "7a2335 942f45 f1c75b f6e5cb",
    ),
    "History": _palettes(
        "7c5a2e 946f3d f1dcae 2b1c10",
        "efe3c8 d9c194 7a2b22 2f3b33",
        "3a1f24 57303a d9a441 f2e3c6",
        "2d4a4a 3f6363 dba24f f3e8cf",
        "29385c 3a4d7c d8a24a f1e6cc",
    ),
    "Horror": _palettes(
        "0d0d0f 1e1d22 c31a24 efe6d6",
        "a81b20 8b1519 0f0d0e f3e3c8",
        "1a2416 2d3d24 a6c24a efe9d2",
        "e9e1d0 cfc3ab 19161a a8181c",
        "24122e 3a1d49 e2582f f2dfbb",
    ),
    "Music": _palettes(
        "141414 2a2728 f25f3a f8dc9c",
        "23305e 32438a f6b93b f7ecd8",
        "f4ead6 e8c9a0 c9342f 1f3b4d",
        "5c1a5a 7b2a78 ffb347 fbe6d4",
        "f0b429 dc9d12 1d1a2b fbf2dc",
    ),
    "Mystery": _palettes(
        "1b2a2f 2b4249 e2b04a efe7d4",
        "37284f 4d3a6c 8fd0c0 f3e6c9",
        "e6dfcf c5bba3 20353d a93d25",
        "0f3d3e 19585a f0c36b f2ead7",
        "46222c 5d303c e5a06a f3e4cd",
    ),
    "Romance": _palettes(
        "f6d8d0 eeb4ab a8233a 3b1726",
        "8c1c3a a92c4b f6b8a8 fbe9d7",
        "f3ebdd efc7b8 d0455a 2c3e57",
        "2b2350 443a78 f28fa0 f8d9a8",
        "e5735c d05a47 fbe6cf 5a1533",
    ),
    "Science Fiction": _palettes(
        "0b1030 1b2460 f26a4b f7d58b",
        "12343b 1f5560 f2a65a f4ead5",
        "f1e4cf e8b98a 20304f c74322",
        "2b1444 4a1f6b ff7a59 ffd9a0",
        "c94a25 a93a1c 14213d fce3b6",
    ),
    "Thriller": _palettes(
        "12161b 242c35 e23b2e f1e9da",
        "e5dfd2 c8c0ae 161a20 c02c18",
        "d8a21d bd8a10 15171a f8f0db",
        "0f3a4a 17536a f25c3b f6e6c7",
        "a3231c 821813 111315 f2dfc0",
    ),
    "War": _palettes(
        "4b5335 616b45 1e2117 e5bd63",
        "d8cfb4 b9ad8a 3c402c a6301f",
        "2b3036 434b54 d2512f e7dcc2",
        "8d3b24 6f2c1a 1c1a18 efd9a7",
        "1f2d33 32464e c9a25c f3ead6",
    ),
    "Western": _palettes(
        "e0a458 cf8a3c 5b2a1d f7e6c4",
        "a83c25 8d321d f1c27d 2a1512",
        "f2e2c0 e5b977 8c3a22 2f2019",
        "2e2a3b 5a3a45 e3793f f4d49c",
        "33605f 42797a f0b860 f6e8cc",
    ),
}
"""Palettes by genre, as written and, where the accent is seen on the form, turned: dark, coloured
and paper grounds, so that a row varies."""
