"""Engineers, from the service tickets."""

from grpc.aio import Channel

from parley.tickets.v1 import directory_pb2 as pb
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceStub
from servicekit.clock import Clock
from servicekit.grpc_client import call
from services.notify.contract import engineer_from
from services.notify.domain.decision import Engineer

A_PAGE = 1000


class DirectoryClient:
    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._stub, self._clock = DirectoryServiceStub(channel), clock

    async def engineers(self) -> list[Engineer]:
        found: list[Engineer | None] = []
        token = ""
        while True:
            request = pb.ListDirectoryRequest(page_size=A_PAGE, page_token=token)
            page: pb.ListDirectoryResponse = await call(self._stub.ListDirectory, request)
            found += [engineer_from(entry, self._clock.now()) for entry in page.entries]
            token = page.next_page_token
            if not token:
                return [engineer for engineer in found if engineer]
