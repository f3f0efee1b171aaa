"""The flows of the product, each readable from top to bottom: build, search, similar."""
