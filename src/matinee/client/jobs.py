"""Work that goes on beyond the request that asks for it; for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from matinee.client.answers import Job
from matinee.client.errors import NoAnswerError, StrangeAnswerError, error_from
from matinee.client.wire import Wire, decoded, operation

if TYPE_CHECKING:
    from collections.abc import Iterator

_STREAM = {"accept": "text/event-stream"}
_DATA = "data:"


class _Jobs(Struct, frozen=True):
    jobs: list[Job]


class Jobs(Wire):
    """The part of a client that gives long work to the server."""

    @operation("GET", "/v1/jobs")
    def jobs(self, limit: int | None = None) -> list[Job]:
        """Return the jobs, the newest first."""
        return self._get(_Jobs, "/v1/jobs", limit=limit).jobs

    @operation("POST", "/v1/jobs")
    def create_job(self, kind: str, **arguments: Any) -> Job:
        """Ask for a job; it waits for those before it.

        Args:
            kind: ``verify``, ``build``, ``train`` or ``backup``.
            arguments: of the kind, as ``POST /v1/jobs`` takes them.
        """
        body = {"kind": kind, "arguments": arguments}
        return decoded(self._ask("POST", "/v1/jobs", body=body), Job)

    @operation("GET", "/v1/jobs/{key}")
    def job(self, key: int) -> Job:
        """Return a job."""
        return self._get(Job, f"/v1/jobs/{key}")

    @operation("POST", "/v1/jobs/{key}/cancel")
    def cancel_job(self, key: int) -> Job:
        """Call a job off.

        Raises:
            RefusedConflictError: it is over.
        """
        return decoded(self._ask("POST", f"/v1/jobs/{key}/cancel"), Job)

    @operation("POST", "/v1/jobs/{key}/retry")
    def retry_job(self, key: int) -> Job:
        """Run a job again that failed or was called off.

        Raises:
            RefusedConflictError: it did not, or has not ended.
        """
        return decoded(self._ask("POST", f"/v1/jobs/{key}/retry"), Job)

    @operation("GET", "/v1/jobs/{key}/events")
    def follow_job(self, key: int) -> Iterator[Job]:
        """Yield a job whenever it changes, to its end; a lost connection is made again."""
        tried = 0
        while True:
            job = None
            tried += 1
            try:
                for job in self._followed(key):
                    tried = 0
                    yield job
            except NoAnswerError:
                if self._retries.wait(tried, None) is None:
                    raise
            if job is not None and job.ended is not None:
                return
            wait = self._retries.wait(tried or 1, None)
            if wait is None:
                raise NoAnswerError(
                    "The server ended the answer before the job was over",
                    cure=f"Ask for it again: job({key}) tells how far it is",
                )
            self._sleep(wait)

    def _followed(self, key: int) -> Iterator[Job]:
        """Yield what one connection tells of a job."""
        try:
            with self._http.stream("GET", f"/v1/jobs/{key}/events", headers=_STREAM) as answer:
                if answer.status_code >= 300:
                    raise error_from(answer.status_code, answer.read())
                for line in answer.iter_lines():
                    if line.startswith(_DATA):
                        yield msgspec.json.decode(line.removeprefix(_DATA), type=Job)
        except self._errors as error:
            raise NoAnswerError(f"The connection was lost: {error}") from error
        except msgspec.DecodeError as error:
            raise StrangeAnswerError(f"What is told of the job cannot be read: {error}") from error
