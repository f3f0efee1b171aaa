"""Training is tested where torch is: ``tools/test-torch``, which ``make test-extras`` runs."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["test_neural.py", "test_reranker.py"]
