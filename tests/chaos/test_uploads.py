"""Files are uploaded to real processes: what an upload takes of their memory, and that chat may be killed meanwhile (spec 9.3, 13.5)."""

import asyncio
from functools import partial
from typing import Any

import psutil
import pytest
from hypothesis import settings

from stack.services import Stack
from tests.chaos.reader import check_whole
from tests.chaos.uploader import MessageUploader, kill_at, next_upload
from tests.journeys.desk import TestDesk

# `make soak` uploads more.
UPLOADS = 100 if settings().max_examples > 100 else 24
VICTIM = "chat-1"
MB = 1024 * 1024
# Of a process, for one upload (spec 9.3).
MOST_MEMORY = 4 * MB


async def added_until_done(process: psutil.Process, upload: "asyncio.Future[Any]") -> int:
    """The most memory that the process takes beside its present one until the upload is done, in bytes."""
    before = most = process.memory_info().rss
    while not upload.done():
        most = max(most, process.memory_info().rss)
        await asyncio.sleep(0.005)
    return most - before


async def test_an_upload_takes_less_than_4_mb_of_each_process(desk: TestDesk, stack: Stack) -> None:  # spec 9.3, 10.9
    page = await desk.page("mia")
    path = f"/tickets/{await desk.ticket(page)}/attachments?name=film.mp4&command="
    processes = [psutil.Process(stack.pids()[name]) for name in ("gateway-1", "tickets-1")]
    await page.upload(f"{path}first", bytes(5 * MB))  # connects and imports

    added = []
    for number in range(3):
        upload = asyncio.ensure_future(page.upload(f"{path}{number}", bytes(25 * MB)))
        added.append(await asyncio.gather(*(added_until_done(process, upload) for process in processes)))
        await upload
    # The least of three, because each process also does other work.
    assert [min(sizes) < MOST_MEMORY for sizes in zip(*added, strict=True)] == [True, True], added


@pytest.mark.timeout(600)
async def test_no_kill_loses_doubles_or_halves_a_file_of_a_chat(desk: TestDesk, stack: Stack) -> None:  # spec 13.5, design 10
    ava, words = await desk.page("ava"), ["u0", "u1", "u2"]
    await desk.add_customers(words)
    pages = await desk.pages(*words)
    uploaders = [MessageUploader(page, await desk.handled(page, ava)) for page in pages]
    numbers = iter(range(UPLOADS))
    async with asyncio.TaskGroup() as group:
        for uploader in uploaders:
            group.create_task(uploader.run(numbers))
        moments = [partial(next_upload, uploaders)] * 2
        await kill_at(moments, lambda: sum(len(each.names) for each in uploaders), UPLOADS, partial(asyncio.to_thread, stack.kill, VICTIM))
    await asyncio.to_thread(stack.wait_ready, VICTIM, 60)

    for uploader in uploaders:
        files = await uploader.sent()
        assert [file["name"] for file in files] == uploader.names
        for file in files:
            check_whole(file, (await uploader.page.download(f"{uploader.path}/{file['id']}")).content)
