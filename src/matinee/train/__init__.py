"""Training: models made from the user's own judgments. Needs the extra ``torch``."""
