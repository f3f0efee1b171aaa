"""The library on disk: immutable versions, a manifest with checksums, an atomic pointer.

::

    library/
      CURRENT           name of the live version, replaced in one step
      v0007/            everything a search needs, never changed after it is published
        manifest.json   counts, encoder, parameters, size and SHA-256 of every file
      .building/        the work of a build under way; a rerun goes on from it
      .lock             held by the one build that may run

See docs/decisions/0003-library-format.md.
"""
