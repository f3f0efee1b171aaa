"""Taste: what people will want to watch, and which stars they will give, by what they did."""
