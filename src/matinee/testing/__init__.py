"""Contract suites for everything that can be plugged in, and small fakes to test against.

Subclass a contract in your own tests, say how to make the thing, and pytest runs the suite::

    class TestMyIndex(VectorIndexContract):
        def build(self, vectors):
            return MyIndex(vectors)
"""

from matinee.testing.contracts import (
    RerankerContract,
    TextEncoderContract,
    TextIndexContract,
    VectorIndexContract,
)
from matinee.testing.fakes import ColourEncoder, FixedCaptioner, HashingEncoder, WordReranker
from matinee.testing.picture_contracts import (
    CaptionerContract,
    PictureEncoderContract,
    drawn_poster,
    pattern_picture,
)
from matinee.testing.rating_contracts import RatingPredictorContract
from matinee.testing.taste_contracts import RecommenderContract

__all__ = [
    "CaptionerContract",
    "ColourEncoder",
    "FixedCaptioner",
    "HashingEncoder",
    "PictureEncoderContract",
    "RatingPredictorContract",
    "RecommenderContract",
    "RerankerContract",
    "TextEncoderContract",
    "TextIndexContract",
    "VectorIndexContract",
    "WordReranker",
    "drawn_poster",
    "pattern_picture",
]
