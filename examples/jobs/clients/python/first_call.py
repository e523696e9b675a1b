"""Calls all three services."""

import asyncio

from jobs import (
    Filter,
    FinishDone,
    JobErrorUnknownQueueException,
    JobsClient,
    JobSpec,
    PayloadCommand,
    Priority,
    Queue,
    QueuesClient,
    WorkersClient,
    rapace,
)


async def main() -> None:
    async with rapace.connect("tcp://127.0.0.1:9000") as connection:
        jobs, queues, workers = JobsClient(connection), QueuesClient(connection), WorkersClient(connection)
        await queues.create(Queue(name="nightly", needs={"disk"}, concurrency=2))
        spec = JobSpec(
            name="backup",
            queue="nightly",
            payload=PayloadCommand(program="tar", args=["czf", "all.tgz"]),
            priority=Priority.NORMAL,
            labels={"team": "storage"},
            after=set(),
        )
        job = await jobs.submit(spec)
        print("submitted")
        for leased in await workers.lease("w1", {"disk", "gpu"}, 10):
            print("leased", leased.spec.name)
            await jobs.put_artifact(leased.id, "log", b"all is well")
            await workers.finish(leased.id, FinishDone())
        await workers.notify_heartbeat("w1")
        async for event in jobs.watch(job):
            print(f"event {event.number} at {event.at:%Y-%m-%d %H:%M:%S}")
        page = await jobs.list(Filter(queue="nightly", at_least=Priority.LOW, labels={}), 0, 10)
        print(f"{page.total} job, its log has {page.items[0].artifacts['log']} bytes")
        spec.queue = "weekly"
        try:
            await jobs.submit(spec)
        except JobErrorUnknownQueueException as failed:
            print("no queue", failed.error.value)


asyncio.run(main())
