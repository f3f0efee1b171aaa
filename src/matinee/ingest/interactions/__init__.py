"""Reading what people did with titles - ratings, watches, likes - from files of any usual form."""

from matinee.ingest.interactions.read import Loaded, load_interactions, read_interactions
from matinee.ingest.interactions.scales import SCALES, Scale

__all__ = ["SCALES", "Loaded", "Scale", "load_interactions", "read_interactions"]
