"""The request of each row of docs/access.md, about objects of the customer Mia."""

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from parley.audit.v1 import audit_pb2 as a
from parley.chat.v1 import chat_pb2 as c
from parley.notify.v1 import notify_pb2 as n
from parley.notify.v1 import webhooks_pb2 as w
from parley.presence.v1 import presence_pb2 as p
from parley.tickets.v1 import directory_pb2 as d
from parley.tickets.v1 import tickets_pb2 as t
from tests.contract.rpcs import RPCS
from tests.fakes.waiting import until
from tests.journeys.scene import BETWEEN_SERVICES, Scene
from tests.journeys.scene_transfers import with_transfer

FILE = b"drops"
# The text of the internal notes, which no other text has.
NOTE = "She has called three times."


@dataclass(frozen=True)
class Ask:
    """`shows`: what is in an answer with the object, "" if any answer is one. `named_by`: the field with the object's id, "" if the request
    names none."""

    request: Any
    shows: str = ""
    named_by: str = ""


async def asks_of(scene: Scene) -> dict[tuple[str, str], Ask]:
    """(RPC, object) -> the request. The scene must be prepared."""
    # All sessions of the scene are listed from here on.
    await scene.snapshot()
    good = {key: request for key, (_, request) in scene.good.items()}
    good |= {key: RPCS[key].request() for key in BETWEEN_SERVICES}
    own = await _changed(scene, good)
    changed = {rpc for rpc, _ in own}
    asks = {(key, ""): Ask(request, named_by=_first_id(request)) for key, request in good.items() if key not in changed}
    return asks | own


async def _changed(scene: Scene, good: dict[str, Any]) -> dict[tuple[str, str], Ask]:
    """The rows whose request is not that of the scene, or of which an RPC has several."""
    return {
        **await _chat(scene, good),
        **await _tickets(scene),
        **await _people(scene, good),
        **await _alerts(scene, good),
    }


async def _chat(scene: Scene, good: dict[str, Any]) -> dict[tuple[str, str], Ask]:
    session_id, mia = good["ChatService.GetSession"].session_id, scene.id("mia")
    join = c.JoinSessionRequest(session_id=good["ChatService.JoinSession"].session_id, command_id="also", mode=c.JOIN_MODE_ALSO)
    settings = await scene.do("ChatService.GetSettings", "ava", c.GetSettingsRequest())
    settings.settings.promise_wait = 600
    reply = c.CannedReply(reply_id="hello", title="Hello", text="Hello {customer}")
    history = c.ListHistoryRequest(customer_id=mia, page_size=100)

    posted, shown = good["ChatService.PostMessage"], good["ChatService.GetSession"]
    await scene.do("ChatService.PostMessage", "ava", c.PostMessageRequest(session_id=session_id, command_id="note", note=NOTE))
    download = c.DownloadFileRequest(session_id=posted.session_id, file_id=await _file_of_message(scene, posted.session_id))
    withdrawal = c.AnswerTransferRequest(session_id=await with_transfer(scene), answer=c.TRANSFER_ANSWER_WITHDRAW, command_id="withdraw")

    async def found() -> bool:
        """A session is found when it was at rest for a while."""
        return session_id in str(await scene.do("ChatService.ListHistory", "ava", history))

    await until(found)
    return {
        ("ChatService.AnswerTransfer", "accepting it"): Ask(good["ChatService.AnswerTransfer"], named_by="session_id"),
        ("ChatService.AnswerTransfer", "withdrawing it"): Ask(withdrawal, named_by="session_id"),
        ("ChatService.PostMessage", ""): Ask(posted, named_by="session_id"),
        ("ChatService.PostMessage", "an internal note"): Ask(
            c.PostMessageRequest(session_id=posted.session_id, command_id="note", note=NOTE), named_by="session_id"
        ),
        ("ChatService.DownloadFile", ""): Ask(download, named_by="file_id"),
        ("ChatService.GetSession", ""): Ask(shown, session_id, "session_id"),
        ("ChatService.GetSession", "its internal notes"): Ask(shown, NOTE),
        ("ChatService.ListSessions", ""): Ask(c.ListSessionsRequest(person_id=mia, page_size=100), session_id, "person_id"),
        ("ChatService.ListHistory", ""): Ask(history, session_id, "customer_id"),
        ("ChatService.JoinSession", ""): Ask(join, named_by="session_id"),
        ("ChatService.GetDeskFigures", ""): Ask(c.GetDeskFiguresRequest()),
        ("ChatService.UpdateSettings", ""): Ask(c.UpdateSettingsRequest(settings=settings.settings, version=settings.version)),
        ("ChatService.PutCannedReply", "own"): Ask(c.PutCannedReplyRequest(reply=reply)),
        ("ChatService.PutCannedReply", "of the desk"): Ask(c.PutCannedReplyRequest(reply=reply, of_desk=True)),
        ("ChatService.DeleteCannedReply", "own"): Ask(c.DeleteCannedReplyRequest(reply_id="hello")),
        ("ChatService.DeleteCannedReply", "of the desk"): Ask(c.DeleteCannedReplyRequest(reply_id="hello", of_desk=True)),
    }


async def _file_of_message(scene: Scene, session_id: str) -> str:
    """The id of a file of a new message of Ava."""
    upload = c.UploadFileRequest(session_id=session_id, command_id="file", name="vpn.log", size=len(FILE), data=FILE)
    stored = (await scene.do("ChatService.UploadFile", "ava", upload)).file.id
    await scene.do("ChatService.PostMessage", "ava", c.PostMessageRequest(session_id=session_id, command_id="sent", file_ids=[stored]))
    return str(stored)


async def _tickets(scene: Scene) -> dict[tuple[str, str], Ask]:
    id, closing, customer_id = await scene.ticket(), await scene.ticket(), scene.id("mia")
    public, internal = [await _file(scene, id, internal) for internal in (False, True)]
    made = t.CreateTicketRequest(command_id="made", summary="Badge", customer_id=customer_id, board_id=scene.id("service-desk"))
    closed = t.UpdateTicketRequest(command_id="closed", ticket_id=closing, status=t.TICKET_STATUS_CLOSED)
    asked: dict[tuple[str, str], Any] = {
        ("CreateTicket", ""): made,
        ("UpdateTicket", ""): t.UpdateTicketRequest(command_id="urgent", ticket_id=id, priority=t.PRIORITY_URGENT),
        ("UpdateTicket", "only closing it"): closed,
        ("AddNote", ""): t.AddNoteRequest(command_id="note", ticket_id=id, text="Called."),
        ("AddNote", "internal"): t.AddNoteRequest(command_id="internal", ticket_id=id, text="Called.", internal=True),
        ("UploadAttachment", ""): t.UploadAttachmentRequest(command_id="file", ticket_id=id, name="a.log", size=len(FILE), data=FILE),
    }
    asks = {(f"TicketsService.{rpc}", of): Ask(request, named_by=_first_id(request)) for (rpc, of), request in asked.items()}
    shown: dict[str, Any] = {
        "GetTicket": t.GetTicketRequest(ticket_id=id),
        "ListTickets": t.ListTicketsRequest(customer_id=customer_id, page_size=100),
        "ListTimeline": t.ListTimelineRequest(ticket_id=id),
    }
    words = {"ListTimeline": "Every afternoon."}
    asks |= {(f"TicketsService.{rpc}", ""): Ask(request, words.get(rpc, id), _first_id(request)) for rpc, request in shown.items()}
    asks["TicketsService.ListTimeline", "its internal notes"] = Ask(shown["ListTimeline"], internal)
    asks["TicketsService.ListTimeline", "the owner's chats"] = await _ticket_with_chat(scene)
    for of, attachment_id, named_by in (("", public, "ticket_id"), ("of an internal note", internal, "attachment_id")):
        request = t.DownloadAttachmentRequest(ticket_id=id, attachment_id=attachment_id)
        asks["TicketsService.DownloadAttachment", of] = Ask(request, named_by=named_by)
    return asks


async def _ticket_with_chat(scene: Scene) -> Ask:
    """The timeline of a ticket that the owner chatted about."""
    session_id = await scene.handled()
    end = c.CompleteSessionRequest(session_id=session_id, command_id="end", own_ticket=c.OwnTicket())
    ended = await scene.do("ChatService.CompleteSession", "ava", end)
    request = t.ListTimelineRequest(ticket_id=ended.session.card.ticket_id)

    async def attached() -> bool:
        return session_id in str(await scene.do("TicketsService.ListTimeline", "ava", request))

    await until(attached)
    return Ask(request, session_id)


async def _file(scene: Scene, ticket_id: str, internal: bool) -> str:
    """The id of a new file on a note."""
    ids = {"ticket_id": ticket_id, "command_id": f"file-{internal}"}
    upload = t.UploadAttachmentRequest(**ids, name="vpn.log", size=len(FILE), data=FILE)
    stored = (await scene.do("TicketsService.UploadAttachment", "ava", upload)).attachment.id
    note = t.AddNoteRequest(ticket_id=ticket_id, command_id=f"note-{internal}", text="Log.", internal=internal, attachment_ids=[stored])
    await scene.do("TicketsService.AddNote", "ava", note)
    return str(stored)


async def _people(scene: Scene, good: dict[str, Any]) -> dict[tuple[str, str], Ask]:
    await scene.desk.add_customers(["tom"])
    mia, acme = scene.id("mia"), scene.id("acme")
    return {
        ("DirectoryService.GetPerson", ""): Ask(d.GetPersonRequest(person_id=mia), mia, "person_id"),
        ("DirectoryService.ListPeople", ""): Ask(d.ListPeopleRequest(company_id=acme, page_size=100), mia, "company_id"),
        ("DirectoryService.ListPlaces", ""): Ask(d.ListPlacesRequest(), acme),
        ("AuditService.ListAuditEntries", ""): Ask(a.ListAuditEntriesRequest(person_id=mia, page_size=100), mia, "person_id"),
        ("AuditService.GetAuditLog", ""): Ask(a.GetAuditLogRequest(person_id=mia), mia, "person_id"),
        ("PresenceService.GetPresence", ""): Ask(p.GetPresenceRequest(person_ids=[mia]), "revision", "person_ids"),
        ("PresenceService.WatchPresence", ""): Ask(p.WatchPresenceRequest(person_ids=[mia]), "revision", "person_ids"),
        ("PresenceService.EndConnections", ""): Ask(
            p.EndConnectionsRequest(command_id="end", person_id=scene.id("tom"), reason="Lost the phone."), named_by="person_id"
        ),
    }


async def _alerts(scene: Scene, good: dict[str, Any]) -> dict[tuple[str, str], Ask]:
    session_id = good["NotifyService.DismissAlert"].session_id

    async def alerted() -> bool:
        alerts = [await scene.do("NotifyService.ListAlerts", who, n.ListAlertsRequest()) for who in ("ava", "sam")]
        return all(session_id in str(each) for each in alerts)

    await until(alerted)
    listed = await scene.do("WebhookService.ListWebhooks", "ava", w.ListWebhooksRequest())
    return {
        ("NotifyService.ListAlerts", ""): Ask(n.ListAlertsRequest(), session_id),
        ("WebhookService.ListWebhooks", ""): Ask(w.ListWebhooksRequest(), listed.webhooks[0].webhook_id),
    }


def _first_id(request: Message) -> str:
    """The field that names what the request is about."""
    ids = [field.name for field, _ in request.ListFields() if field.name.endswith("_id") and field.name not in ("command_id", "desk_id")]
    return ids[0] if ids else ""


def with_missing(ask: Ask) -> Any:
    """The request about an object that does not exist: its id reversed."""
    request = type(ask.request)()
    request.CopyFrom(ask.request)
    named = getattr(request, ask.named_by)
    if isinstance(named, str):
        setattr(request, ask.named_by, named[::-1])
    else:
        named[:] = [id[::-1] for id in named]
    return request


def id_of(ask: Ask) -> str:
    """The id of the object that the request names."""
    named = getattr(ask.request, ask.named_by)
    return named if isinstance(named, str) else str(named[0])
