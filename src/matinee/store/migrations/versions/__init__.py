"""One module a change; the name begins with the number of the change."""
