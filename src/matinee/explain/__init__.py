"""Why a title is recommended: evidence, shares and what would be otherwise."""
