"""Files that people upload, until a note names them (spec 9.3)."""

from dataclasses import dataclass
from datetime import datetime

from servicekit.files import NAMED_WITHIN
from services.tickets.domain.limits import derived_id
from services.tickets.domain.timeline import Attachment, TicketCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A stored file that no note names yet."""

    desk_id: str
    ticket_id: str
    command: TicketCommand
    stored_at: datetime
    attachment: Attachment

    @property
    def file_id(self) -> str:
        return self.attachment.id

    @property
    def key(self) -> str:
        return upload_key(self.desk_id, self.command)

    def is_kept(self, now: datetime) -> bool:
        """Whether a note may still name it; later it is removed."""
        return now - self.stored_at < NAMED_WITHIN


def upload_key(desk_id: str, command: TicketCommand) -> str:
    """The same for each try of an upload."""
    return derived_id("upload", desk_id, command.by_id, command.id)
