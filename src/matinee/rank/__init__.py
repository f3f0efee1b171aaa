"""Ranking: fusing lists, and what is known of a title before any query."""
