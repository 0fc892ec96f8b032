"""A batch of posts to chat stays within its size, which chat limits."""

from typing import Any

from servicekit.identity import Caller
from services.gateway.outbound.post_stream import MAX_BATCH, MAX_BATCH_BYTES, PostStream, UnansweredPost
from services.gateway.ports import Post

MIA = Caller(kind="customer", id="mia", name="Mia", desk_id="d", company_id="acme")


class OneToken:
    def of(self, caller: Caller) -> str:
        return "token"


async def test_the_ids_of_files_count_in_the_size_of_a_batch() -> None:  # spec 10.9, 13.5
    channel: Any = None
    tokens: Any = OneToken()
    stream = PostStream("chat-1", channel, tokens, lambda waiting, result: None, lambda waiting: None)
    file_ids = tuple(f"{n:064}" for n in range(10))
    for n in range(MAX_BATCH):
        stream.add(UnansweredPost(Post(MIA, "s", f"c{n}", "", "x" * 600, "", file_ids=file_ids), lambda revision, refusal: None, 0.0, 1.0))

    batches = [stream._batch() for _ in range(2)]

    assert [post.command_id for batch in batches for post in batch.posts] == [f"c{n}" for n in range(MAX_BATCH)]
    assert all(batch.ByteSize() <= MAX_BATCH_BYTES for batch in batches)
