"""The motifs of every genre."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matinee.service.posters.motifs import (
    cosmos,
    frontier,
    hearts,
    life,
    motion,
    night,
    noir,
    play,
    stage,
    tales,
)

if TYPE_CHECKING:
    from matinee.service.posters.shapes import Motif

MOTIFS: dict[str, tuple[Motif, ...]] = {
    "Action": motion.ACTION,
    "Adventure": motion.ADVENTURE + tales.ADVENTURE,
    "Animation": play.ANIMATION + tales.ANIMATION,
    "Comedy": hearts.COMEDY,
    "Crime": noir.CRIME,
    "Documentary": life.DOCUMENTARY + tales.DOCUMENTARY,
    "Drama": life.DRAMA,
    "Family": play.FAMILY,
    "Fantasy": play.FANTASY + tales.FANTASY,
    "History": frontier.HISTORY + tales.HISTORY,
    "Horror": night.HORROR,
    "Music": stage.MUSIC,
    "Mystery": noir.MYSTERY + tales.MYSTERY,
    "Romance": hearts.ROMANCE,
    "Science Fiction": cosmos.SCIENCE_FICTION,
    "Thriller": noir.THRILLER,
    "War": frontier.WAR + tales.WAR,
    "Western": frontier.WESTERN,
}
"""Motifs by genre, at least eight each; kindred genres share a few."""
