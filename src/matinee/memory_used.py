"""How much memory this process has taken."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_mb() -> float:
    """Return the most memory this process has held so far, in MB of a million bytes.

    0 where the system does not say.
    """
    if sys.platform == "linux":
        # Not ru_maxrss: on Linux that starts at what the process held that started this one.
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes
