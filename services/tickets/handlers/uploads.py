"""Storing files for notes (spec 9.3)."""

from collections.abc import AsyncIterable, Callable

from servicekit.clock import Clock
from servicekit.faults import Faults
from servicekit.files import Received, StoredFile, safe_name
from servicekit.identity import new_id
from servicekit.metrics import Metrics
from services.tickets.domain.access.tickets import must_be_person
from services.tickets.domain.commands import UploadAttachment
from services.tickets.domain.errors import CommandIdReused, InvalidValue, TooLarge
from services.tickets.domain.people import Actor
from services.tickets.domain.timeline import Attachment
from services.tickets.domain.uploads import Upload, upload_key
from services.tickets.handlers.access import VisibleReader
from services.tickets.ports import Files


# Three steps. After a crash in or between them nobody sees anything of the file, the caller tries again, and the sweep removes the rest:
#   1 store the file      Under a new id, while it arrives.
#   2 add the upload      Its key derives from the command and is unique, so of several tries one file counts.
#   3 name it in a note   By AddNote (ticket_commands.py), whose commit makes the file visible.
class Uploads:
    """`most` is the size of the largest file that a desk may have, in bytes. `content_type_of` finds the type by the first bytes of a
    file."""

    def __init__(
        self,
        visible: VisibleReader,
        files: Files,
        content_type_of: Callable[[bytes], str],
        clock: Clock,
        faults: Faults,
        metrics: Metrics,
        *,
        most: int,
    ) -> None:
        self._visible, self._files, self._content_type_of = visible, files, content_type_of
        self._clock, self._faults, self._most = clock, faults, most
        self._stored = metrics.counter("attachments_total", "Files that people uploaded")
        self._bytes = metrics.counter("attachment_bytes_total", "Bytes of the files that people uploaded")

    async def most_of(self, desk_id: str) -> int:
        """The size of the largest file of the desk, in bytes."""
        return await self._visible.largest_file(desk_id, self._most)

    async def store(self, by: Actor, request: UploadAttachment, content: AsyncIterable[bytes]) -> Attachment:
        """Returns the stored file. A repeat returns the first one, and its content is dropped."""
        must_be_person(by)
        command = request.checked(by, self._most)
        ticket = await self._visible.ticket(by, request.ticket_id)
        if first := await self._files.upload_of(upload_key(by.desk_id, command)):
            # To the end, because gRPC loses an answer that is sent while the caller writes.
            async for _ in content:
                pass
        else:
            if request.size > (largest := await self.most_of(ticket.desk_id)):
                raise TooLarge(largest)
            file, received = StoredFile(new_id(), ticket.desk_id, ticket.id), Received(request.size, InvalidValue)
            now = self._clock.now()
            await self._files.put(file, received.whole(content), now)
            await self._faults.reached("upload_stored")
            kind = self._content_type_of(received.head)
            attachment = Attachment(file.id, safe_name(request.name), kind, received.size)
            mine = Upload(desk_id=by.desk_id, ticket_id=ticket.id, command=command, stored_at=now, attachment=attachment)
            first = await self._files.add_upload(mine)
            self._stored.inc()
            self._bytes.inc(received.size)
        if first.command.content != command.content:
            raise CommandIdReused
        return first.attachment
