"""Indexes over the rows of a catalogue: dense vectors, words, and titles with typos."""
