"""The content of a file that a caller uploads in a stream of requests: the field `data` of each (spec 9.3, 13.5)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from servicekit.errors import InvalidArgument, Kind, TypedError
from servicekit.files import PIECE, UPLOAD_SECONDS
from servicekit.grpc_server import accept


@asynccontextmanager
async def upload_time() -> AsyncIterator[None]:
    """Raises TypedError (too_slow) for an upload that takes longer than UPLOAD_SECONDS."""
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            yield
    except TimeoutError:
        raise TypedError.of(Kind.DEADLINE_EXCEEDED, "too_slow", f"An upload takes at most {UPLOAD_SECONDS:.0f} s.") from None


async def content_of(first: Any, rest: AsyncIterator[Any], context: Any) -> AsyncIterator[bytes]:
    """Tells the caller that the upload is accepted when it is first asked for content. Raises PartTooLarge for a part that is larger than
    the contract allows."""
    data = _data(first)
    await accept(context)
    yield data
    async for request in rest:
        yield _data(request)


class PartTooLarge(InvalidArgument):
    code = "part_too_large"


def _data(request: Any) -> bytes:
    data: bytes = request.data
    if len(data) > PIECE:
        raise PartTooLarge(f"A part of the content has at most {PIECE} bytes.", field="data")
    return data
