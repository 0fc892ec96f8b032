"""Commands as callers send them. None means left out. `checked` raises InvalidValue with the field that is wrong."""

from dataclasses import dataclass

from services.tickets.domain.errors import TooLarge
from services.tickets.domain.limits import attachment_ids_from, command_id_from, fingerprint, must_be_file_name, summary_from, text_from
from services.tickets.domain.people import Actor
from services.tickets.domain.ticket import Priority, TicketStatus
from services.tickets.domain.timeline import TicketCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTicket:
    """An empty text makes no note. Customers leave board and customer empty, which means their own."""

    command_id: str
    summary: str
    text: str
    board_id: str
    customer_id: str
    priority: Priority

    def checked(self, by: Actor) -> TicketCommand:
        return TicketCommand(id=command_id_from(self.command_id), by_id=by.id, content=self.content())

    def content(self) -> str:
        """For `TicketCommand.content`."""
        summary_from(self.summary)
        if self.text:
            text_from(self.text)
        return fingerprint("create", self.summary, self.text, self.board_id, self.customer_id, self.priority)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTicket:
    """An empty assignee removes the assignee. Another customer brings their company along."""

    command_id: str
    ticket_id: str
    summary: str | None = None
    status: TicketStatus | None = None
    priority: Priority | None = None
    board_id: str | None = None
    assignee_id: str | None = None
    customer_id: str | None = None

    @property
    def only_status(self) -> bool:
        return all(wish is None for wish in (self.summary, self.priority, self.board_id, self.assignee_id, self.customer_id))

    def checked(self, by: Actor) -> TicketCommand:
        if self.summary is not None:
            summary_from(self.summary)
        fields = (self.ticket_id, self.summary, self.status, self.priority, self.board_id, self.assignee_id)
        # Commands of earlier versions have no customer, and a repeat must match them.
        content = fingerprint("update", *fields, *([] if self.customer_id is None else [self.customer_id]))
        return TicketCommand(id=command_id_from(self.command_id), by_id=by.id, content=content)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote:
    command_id: str
    ticket_id: str
    text: str
    internal: bool = False
    attachment_ids: tuple[str, ...] = ()

    def checked(self, by: Actor) -> TicketCommand:
        attachment_ids_from(self.attachment_ids)
        if self.text or not self.attachment_ids:
            text_from(self.text)
        # Commands of earlier versions have no attachments, and a repeat must match them.
        content = fingerprint("note", self.ticket_id, self.text, self.internal, *self.attachment_ids)
        return TicketCommand(id=command_id_from(self.command_id), by_id=by.id, content=content)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadAttachment:
    """`size` is in bytes."""

    command_id: str
    ticket_id: str
    name: str
    size: int

    def checked(self, by: Actor, most: int) -> TicketCommand:
        """Raises TooLarge above `most` bytes."""
        must_be_file_name(self.name)
        if self.size > most:
            raise TooLarge(most)
        content = fingerprint("upload", self.ticket_id, self.name, self.size)
        return TicketCommand(id=command_id_from(self.command_id), by_id=by.id, content=content)
