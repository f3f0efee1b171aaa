"""What is too much, too slow or too long, at the level of ASGI: no timing, no server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse

from matinee.service.shedding import RETRY_SECONDS, Shedding

LONG = 3600.0
SHORT = 0.02


@dataclass
class Exchange:
    """One request and what came back; the body is sent when the test says so."""

    path: str = "/v1/search"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    parts: list[bytes] | None = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def over(self, app: Any) -> Exchange:
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": self.path,
            "query_string": b"",
            "headers": list(self.headers),
            "state": {},
        }
        await app(self.scope, self.receive, self.send)
        return self

    async def receive(self) -> dict[str, Any]:
        if self.parts is None:
            await asyncio.Event().wait()  # the rest never comes
        if not self.parts:
            return {"type": "http.request", "body": b"", "more_body": False}
        part = self.parts.pop(0)
        if part == b"...":
            self.parts = None
            return await self.receive()
        return {"type": "http.request", "body": part, "more_body": bool(self.parts)}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.answered.set()

    @property
    def status(self) -> int:
        starts = [message for message in self.sent if message["type"] == "http.response.start"]
        assert len(starts) == 1  # nobody is answered twice
        return int(starts[0]["status"])

    @property
    def header(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


def shed(app: Any, *, queue: int = 2, seconds: float = LONG, max_body: int = 10) -> Shedding:
    return Shedding(app, queue=queue, seconds=seconds, max_body=max_body)


class Gate:
    """An app that holds its requests until it is opened."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.held = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.held += 1
        await self.opened.wait()
        self.held -= 1
        await PlainTextResponse("done")(scope, receive, send)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_what_is_beyond_the_queue_is_refused_at_once() -> None:
    async def run() -> None:
        gate = Gate()
        app = shed(gate, queue=2)
        first = [asyncio.create_task(Exchange().over(app)) for _ in range(2)]
        await settle()
        refused = await Exchange().over(app)  # while the others are still held
        assert refused.status == 503
        assert refused.header["retry-after"] == str(RETRY_SECONDS)
        assert refused.header["content-type"] == "application/problem+json"
        assert json.loads(refused.body)["cure"]
        assert refused.scope["state"]["refused"] == "queue"
        assert gate.held == 2
        for path in ("/health/live", "/metrics"):
            watching = asyncio.create_task(Exchange(path).over(app))
            await settle()
            first.append(watching)
        assert gate.held == 4
        gate.opened.set()
        assert [(await task).status for task in first] == [200] * 4
        assert (await Exchange().over(app)).status == 200

    asyncio.run(run())


def test_a_failed_request_gives_its_place_back() -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("a fault")

    async def run() -> None:
        app = shed(fail, queue=1)
        for _ in range(3):
            with pytest.raises(RuntimeError):
                await Exchange().over(app)

    asyncio.run(run())


def test_what_takes_too_long_is_answered_but_keeps_its_place() -> None:
    async def run() -> None:
        gate = Gate()
        app = shed(gate, queue=1, seconds=SHORT)
        slow = Exchange()
        task = asyncio.create_task(slow.over(app))
        await slow.answered.wait()
        assert slow.status == 503
        assert slow.header["retry-after"] == str(RETRY_SECONDS)
        assert slow.scope["state"]["refused"] == "time"
        assert not task.done()
        # The thread that computes cannot be stopped: nothing takes its place while it goes on.
        assert gate.held == 1
        assert (await Exchange().over(app)).scope["state"]["refused"] == "queue"
        gate.opened.set()
        await task
        assert b"done" not in slow.body
        assert slow.status == 503
        assert (await Exchange().over(app)).status == 200

    asyncio.run(run())


def test_an_answer_that_has_begun_may_go_on() -> None:
    async def stream(scope: Any, receive: Any, send: Any) -> None:
        async def parts() -> Any:
            yield "begun "
            await asyncio.sleep(SHORT * 3)
            yield "ended"

        await StreamingResponse(parts())(scope, receive, send)

    async def run() -> None:
        exchange = Exchange()

        async def stay() -> dict[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError

        read = iter([exchange.receive()])
        receive = lambda: next(read, None) or stay()  # noqa: E731
        exchange.receive = receive  # type: ignore[method-assign]
        assert (await exchange.over(shed(stream, seconds=SHORT))).status == 200
        assert exchange.body == b"begun ended"

    asyncio.run(run())


async def reading(scope: Any, receive: Any, send: Any) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(f"{len(body)}")(scope, receive, send)


@pytest.mark.parametrize(
    ("parts", "headers", "status", "reason"),
    [
        ([b"12345", b"12345"], (), 200, None),
        ([b"12345", b"123456"], (), 413, "body"),
        ([b"12"], ((b"content-length", b"11"),), 413, "body"),
        # What is said of the length is not believed.
        ([b"123456", b"123456"], ((b"content-length", b"3"),), 413, "body"),
        ([b"123456", b"123456"], ((b"content-length", b"no"),), 413, "body"),
        ([b"12345", b"..."], (), 408, "body-time"),
        ([b"..."], (), 408, "body-time"),
    ],
)
def test_bodies_are_bounded_in_length_and_in_time(
    parts: list[bytes], headers: Any, status: int, reason: str | None
) -> None:
    async def run() -> None:
        app = shed(reading, seconds=SHORT, queue=1)
        exchange = await Exchange(parts=list(parts), headers=headers).over(app)
        assert exchange.status == status
        assert exchange.scope["state"].get("refused") == reason
        if status != 200:
            # The rest of the body must not be read as the next request.
            assert exchange.header["connection"] == "close"
        assert (await Exchange(parts=[b"1"]).over(app)).status == 200

    asyncio.run(run())


def test_an_app_may_make_its_own_answer_of_a_body_too_long() -> None:
    from fastapi import FastAPI

    api = FastAPI()

    @api.post("/v1/search")
    async def search(given: list[int]) -> int:
        return len(given)

    async def run() -> None:
        json_ = ((b"content-type", b"application/json"),)
        app = shed(api)
        long = await Exchange(headers=json_, parts=[b"[1, 2, ", b"3, 4]"]).over(app)
        assert long.status == 413
        assert long.header["connection"] == "close"
        assert (await Exchange(headers=json_, parts=[b"[1,", b"2]"]).over(app)).body == b"2"

    asyncio.run(run())


def test_a_thread_that_computes_on_keeps_its_place_in_the_pool_as_well() -> None:
    import threading

    import anyio.to_thread
    from fastapi import FastAPI

    api, release = FastAPI(), threading.Event()

    @api.post("/v1/search")
    def search() -> str:
        release.wait(30)
        return "done"

    async def run() -> None:
        pool = anyio.to_thread.current_default_thread_limiter()
        app = shed(api, queue=1, seconds=SHORT)
        slow = Exchange()
        task = asyncio.create_task(slow.over(app))
        await slow.answered.wait()
        assert slow.status == 503
        # Had it been cancelled, the pool would think that it has a thread to spare.
        assert pool.borrowed_tokens == 1
        release.set()
        await task
        assert pool.borrowed_tokens == 0
        assert slow.status == 503

    asyncio.run(run())
