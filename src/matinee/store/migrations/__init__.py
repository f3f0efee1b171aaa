"""Changes to the tables from version to version, run by :mod:`matinee.store.migrate`."""
