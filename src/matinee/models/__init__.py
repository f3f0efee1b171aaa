"""Models: which ones Matinee knows by name, how they come to this machine, and how they run."""
