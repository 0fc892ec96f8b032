"""The file store of tickets in memory. It passes the tests of the real one (tests/adapters/tickets/test_files.py)."""

from services.tickets.domain.errors import AttachmentNotFound
from services.tickets.domain.uploads import Upload
from tests.fakes.files import FakeFileStore


class FakeFiles(FakeFileStore[Upload]):
    def __init__(self) -> None:
        super().__init__(AttachmentNotFound)
