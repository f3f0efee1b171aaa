"""Reading catalogues from files, detected by content, into one table of titles."""

from matinee.ingest.read import BUILTIN_SOURCES, read_catalogue
from matinee.ingest.report import Catalogue, FileReport, IngestReport
from matinee.ingest.source import LeftOut, Reading, Sample, Source
from matinee.ingest.write import write_catalogue

__all__ = [
    "BUILTIN_SOURCES",
    "Catalogue",
    "FileReport",
    "IngestReport",
    "LeftOut",
    "Reading",
    "Sample",
    "Source",
    "read_catalogue",
    "write_catalogue",
]
