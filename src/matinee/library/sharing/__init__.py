"""Sharing a library: a copy of its versions at an address, brought from there to other machines.

An address is a folder that fsspec can reach (``s3://``, ``gs://``, ``az://``, ``sftp://``,
``file://``, or a plain path) or a dataset repository of the Hugging Face hub
(``hf://datasets/OWNER/NAME``). What lies there has the layout of a library itself::

    CURRENT                which version is meant, written last
    v0007/manifest.json    written when all files of the version are there
    v0007/...              the files, by the names of the manifest

Read :func:`push` and :func:`pull`. Why it is so: docs/decisions/0028-sharing-a-library.md.
"""

from matinee.library.sharing.effort import Patience
from matinee.library.sharing.place import Progress, Sent
from matinee.library.sharing.pull import Pulled, pull
from matinee.library.sharing.push import push

__all__ = ["Patience", "Progress", "Pulled", "Sent", "pull", "push"]
