"""The errors that TMDb's API answers with."""

from __future__ import annotations

from typing import Any

ERRORS = {
    2: (501, "Invalid service: this service does not exist."),
    5: (422, "Invalid parameters: Your request parameters are incorrect."),
    7: (401, "Invalid API key: You must be granted a valid key."),
    9: (503, "Service offline: This service is temporarily offline, try again later."),
    11: (500, "Internal error: Something went wrong, contact TMDB."),
    20: (422, "Invalid date range: Should be a range no longer than 14 days."),
    22: (
        400,
        "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.",
    ),
    23: (400, "Invalid date: Format needs to be YYYY-MM-DD."),
    24: (504, "Your request to the backend server timed out. Try again."),
    25: (429, "Your request count (41) is over the allowed limit of (40)."),
    27: (
        400,
        "Too many append to response objects: The maximum number of remote calls is 20.",
    ),
    34: (404, "The resource you requested could not be found."),
    42: (405, "This request method is not supported for this resource."),
    43: (502, "Couldn't connect to the backend server."),
}
"""Status and message by TMDb's own code (https://developer.themoviedb.org/docs/errors)."""


class RefusedError(Exception):
    """The answer is an error of TMDb's.

    Args:
        code: one of :data:`ERRORS`.
    """

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


def error(code: int) -> tuple[int, dict[str, Any]]:
    """Return the status and the body of an error."""
    status, message = ERRORS[code]
    return status, {"success": False, "status_code": code, "status_message": message}
