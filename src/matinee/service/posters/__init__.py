"""Drawn posters: every title has one, made of nothing but its own facts.

A poster is a palette and a motif of one of the title's genres, set in one of several layouts, all
chosen by a hash of the title's id: it never breaks, needs no network and never changes by itself.
"""

from __future__ import annotations

from matinee.service.posters.compose import DESIGN, Poster, compose, stamp

__all__ = ["DESIGN", "Poster", "compose", "stamp"]
