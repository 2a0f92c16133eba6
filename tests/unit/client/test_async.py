"""The asynchronous client: the same calls as the other one, and what differs."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from fanfold_client import AsyncFanfold, Conflict, Fanfold, Unreachable
from tests.unit.client.service import API, KEY, AsyncWire, Service

T = TypeVar("T")
BODY = b'{"custom_id": "a", "output": "x"}\n{"custom_id": "b", "output": "y"}\n'


def run(service: Service, call: Callable[[AsyncFanfold], Awaitable[T]]) -> T:
    """What the call comes to, with a client of its own."""

    async def pause(seconds: float) -> None:
        service.pauses.append(seconds)

    async def main() -> T:
        async with AsyncFanfold(API, KEY, transport=AsyncWire(service), pause=pause) as fanfold:
            return await call(fanfold)

    return asyncio.run(main())


async def listed(found: AsyncIterator[T]) -> list[T]:
    return [each async for each in found]


def test_both_clients_have_the_same_calls() -> None:
    both = {}
    for kind in (Fanfold, AsyncFanfold):
        with_resources = kind("http://127.0.0.1:1", "ff_x")
        both[kind] = {
            (name, call, str(inspect.signature(getattr(resource, call)).parameters.keys()))
            for name, resource in vars(with_resources).items()
            for call in dir(resource)
            if not call.startswith("_") and not name.startswith("_")
        }
    assert both[Fanfold] == both[AsyncFanfold]
    assert ("batches", "create") in {(name, call) for name, call, _ in both[Fanfold]}


def test_a_batch_goes_its_way(service: Service, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"input": "a"}\n')
    service.states = ["accepted", "running", "completed"]
    service.objects["results"] = BODY

    async def way(fanfold: AsyncFanfold) -> list[str]:
        made = await fanfold.batches.create(str(tmp_path / "a.jsonl"), model="o3")
        batch = await fanfold.batches.wait(made.id)
        assert batch.state == "completed"
        await fanfold.batches.download(made.id, tmp_path / "out.jsonl")
        return [row["output"] async for row in fanfold.batches.iter_results(made.id)]

    assert run(service, way) == ["x", "y"]
    assert (tmp_path / "out.jsonl").read_bytes() == BODY
    assert service.pauses == [0.5, 0.5]


def test_many_go_at_once(service: Service) -> None:
    for number in range(5):
        service.batch(f"b{number}")

    async def look(fanfold: AsyncFanfold) -> list[str]:
        found = await asyncio.gather(*(fanfold.batches.get(f"b{number}") for number in range(5)))
        return [batch.id for batch in found]

    assert run(service, look) == [f"b{number}" for number in range(5)]
    assert [each.id for each in run(service, lambda fanfold: listed(fanfold.batches.list()))] == list(service.batches)


def test_faults_are_tried_again_and_typed(service: Service) -> None:
    service.batch("b1")
    service.faults = [httpx.ConnectError("refused"), httpx.Response(503)]
    assert run(service, lambda fanfold: fanfold.batches.get("b1")).id == "b1"
    service.faults = [httpx.ConnectError("refused")] * 9
    with pytest.raises(Unreachable, match="refused"):
        run(service, lambda fanfold: fanfold.batches.get("b1"))


def test_a_download_that_broke_goes_on(service: Service, tmp_path: Path) -> None:
    service.batch("b1")
    service.objects["results"], service.breaks = BODY, [20, 9]
    run(service, lambda fanfold: fanfold.batches.download("b1", tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == BODY
    service.version = 2
    service.breaks = [20]

    async def read(fanfold: AsyncFanfold) -> None:
        pieces = fanfold.batches.pieces("b1")
        await anext(pieces)
        service.version = 3
        async for _ in pieces:
            pass

    with pytest.raises(Conflict):
        run(service, read)


def test_who_ends_the_waiting_is_told_how_it_goes_on(service: Service, fanfold: Fanfold) -> None:
    service.batch("b1", "running")

    async def ended(fanfold: AsyncFanfold) -> None:
        fanfold._connection.pause = asyncio.sleep
        waiting = asyncio.create_task(fanfold.batches.wait("b1"))
        while not service.calls:
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError) as told:
            await waiting
        assert "client.batches.wait('b1')" in told.value.__notes__[0]

    run(service, ended)

    def pause(_: float) -> None:
        raise KeyboardInterrupt

    fanfold._connection.pause = pause
    with pytest.raises(KeyboardInterrupt) as told:
        fanfold.batches.wait("b1")
    assert "client.batches.wait('b1')" in told.value.__notes__[0]
