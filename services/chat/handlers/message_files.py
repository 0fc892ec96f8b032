"""Files of messages (spec 13.5): storing them, posting them and reading them."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import suppress
from hashlib import sha256

from servicekit.clock import Clock
from servicekit.errors import Unavailable
from servicekit.faults import Faults
from servicekit.file_sweep import FileSweep
from servicekit.files import MB, PIECE, Received, StoredFile, safe_name
from servicekit.identity import new_id
from servicekit.metrics import Metrics
from services.chat.domain.access import check_takes_part, owns_upload
from services.chat.domain.conversation import check_may_post
from services.chat.domain.errors import BadArgument, ChatError, CommandIdReused, FileNotFound, SessionNotFound
from services.chat.domain.events import MessagePosted
from services.chat.domain.files import File, FileUpload, check_room, check_size, checked_upload, upload_key
from services.chat.domain.people import Viewer
from services.chat.file_ports import Files
from services.chat.handlers.session_reader import SessionReader, at_desk
from services.chat.ports import Directory, SessionLog


# Four steps. After a crash in or between them nobody sees anything of the file, the sender tries again, and the sweep removes the rest:
#   1 store the file      Under a new id, while it arrives.
#   2 add the upload      Its key derives from the command and is unique, so of several tries one file counts.
#   3 claim it            For one command of its uploader: no other message may have it.
#   4 post the message    The entry makes the file visible.
class MessageFiles:
    """`most` is the size of the largest file that a desk may have, in bytes. `content_type_of` finds the type by the first bytes of a
    file."""

    def __init__(
        self,
        reader: SessionReader,
        log: SessionLog,
        files: Files,
        directory: Directory,
        content_type_of: Callable[[bytes], str],
        clock: Clock,
        faults: Faults,
        metrics: Metrics,
        *,
        most: int,
    ) -> None:
        self._reader, self._log, self._files, self._content_type_of = reader, log, files, content_type_of
        self._clock, self._faults, self._most, self._directory = clock, faults, most, directory
        self._marking = set[asyncio.Task[None]]()
        self._stored = metrics.counter("files_total", "Files that people uploaded")
        self._bytes = metrics.counter("file_bytes_total", "Bytes of the files that people uploaded")
        self.sweep = FileSweep(files, self._is_named, clock, metrics)

    def most_of(self, desk_id: str) -> int:
        """The size of the largest file of the desk, in bytes (spec 9.3). Raises Unavailable while the directory is not loaded, so that no
        larger file is stored."""
        own = self._directory.max_file_mb(desk_id)
        return min(self._most, own * MB) if own else self._most

    def most_for_page(self, desk_id: str) -> int:
        """The same for a page; the limit of the service while the directory is not loaded, because chats can be read without it."""
        try:
            return self.most_of(desk_id)
        except Unavailable:
            return self._most

    async def store(self, viewer: Viewer, session_id: str, command_id: str, name: str, size: int, content: AsyncIterable[bytes]) -> File:
        """Returns the stored file. A repeat returns the first one, and its content is dropped."""
        digest = checked_upload(session_id, command_id, name, size, self._most)
        session, by = await self._reader.newest_as(viewer, session_id), viewer.person
        check_takes_part(viewer, session)
        check_may_post(session, by)
        if first := await self._files.upload_of(upload_key(session.desk_id, by.id, command_id)):
            # To the end, because gRPC loses an answer that is sent while the caller writes.
            async for _ in content:
                pass
        else:
            check_size(size, self.most_of(session.desk_id))
            id, received, hashed, now = new_id(), Received(size, _refused), sha256(), self._clock.now()

            async def pieces() -> AsyncIterator[bytes]:
                async for piece in received.whole(content):
                    hashed.update(piece)
                    yield piece

            await self._files.put(StoredFile(id, session.desk_id, session.id, by.id), pieces(), now)
            await self._faults.reached("upload_stored")
            file = File(id, safe_name(name), self._content_type_of(received.head), received.size, hashed.hexdigest())
            ids = {"desk_id": session.desk_id, "session_id": session.id, "by_id": by.id, "command_id": command_id}
            first = await self._files.add_upload(FileUpload(**ids, arguments=digest, stored_at=now, file=file))
            self._stored.inc()
            self._bytes.inc(received.size)
        if first.arguments != digest:
            raise CommandIdReused
        return first.file

    async def claim(self, viewer: Viewer, session_id: str, command_id: str, ids: Sequence[str]) -> tuple[File, ...] | ChatError:
        """The viewer's uploads, claimed for this command; or why it may not post them."""
        now, uploads = self._clock.now(), await self._files.uploads_of(ids)
        theirs = [upload for upload in uploads if owns_upload(viewer, upload, session_id) and upload.is_kept(now)]
        if len(theirs) < len(ids):
            return FileNotFound("file_ids")
        sizes = {upload.file_id: upload.file.size for upload in theirs}
        count, size = await self._files.claimed(viewer.desk_id, session_id, ids)
        try:
            check_room(count + len(sizes), size + sum(sizes.values()))
        except ChatError as error:
            return error
        if not await self._files.claim(sizes, command_id):
            return FileNotFound("file_ids")
        return tuple(upload.file for upload in theirs)

    def posted(self, ids: Sequence[str]) -> None:
        """A message with these files was accepted. Marks them soon; after a crash the sweep does."""
        task = asyncio.get_running_loop().create_task(self._mark(ids))
        self._marking.add(task)
        task.add_done_callback(self._marking.discard)

    async def _mark(self, ids: Sequence[str]) -> None:
        with suppress(Unavailable):
            for id in ids:
                await self._files.mark_named(id)

    async def find(self, viewer: Viewer, session_id: str, file_id: str, desk_id: str = "") -> File:
        """A file of a message that the viewer may read. Raises FileNotFound, also in a session that the viewer may not see, and
        for a file that no message names."""
        try:
            session = await self._reader.newest_as(at_desk(viewer, desk_id), session_id)
        except SessionNotFound:
            raise FileNotFound from None
        stored = await self._files.stored(file_id)
        if stored is None or (stored.desk_id, stored.owner_id) != (session.desk_id, session.id):
            raise FileNotFound
        found = await self._named(stored)
        if found is None:
            raise FileNotFound
        return found

    def content(self, file: File) -> AsyncIterator[bytes]:
        """In pieces of at most 256 KiB. Raises FileNotFound."""
        return self._files.pieces(file.id, PIECE)

    async def _named(self, stored: StoredFile) -> File | None:
        """The file as the message that has it names it; None if there is no such message."""
        if not stored.command_id:
            return None
        entry = await self._log.entry_of(stored.desk_id, stored.owner_id, stored.by_id, stored.command_id)
        posted = [event for event in (entry.events if entry else ()) if isinstance(event, MessagePosted)]
        return next((file for event in posted for file in event.files if file.id == stored.id), None)

    async def _is_named(self, stored: StoredFile) -> bool:
        return await self._named(stored) is not None


def _refused(field: str, message: str, code: str) -> ChatError:
    return BadArgument(message, field=field, code=code)
