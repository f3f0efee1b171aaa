"""Pictures that people send: decoded safely and fast, and recognised where they are posters."""

from matinee.pictures.decode import PictureLimits, decode
from matinee.pictures.reading import read_picture
from matinee.pictures.signature import SIGNATURE_BYTES, SIGNATURE_VERSION, signature
from matinee.pictures.signature_index import PosterMatch, SignatureIndex

__all__ = [
    "SIGNATURE_BYTES",
    "SIGNATURE_VERSION",
    "PictureLimits",
    "PosterMatch",
    "SignatureIndex",
    "decode",
    "read_picture",
    "signature",
]
