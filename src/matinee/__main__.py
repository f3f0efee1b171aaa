"""``python -m matinee`` is the ``matinee`` command."""

from __future__ import annotations

from matinee.cli.main import run

if __name__ == "__main__":
    run()
