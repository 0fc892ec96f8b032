"""A desk with data for every RPC, and one valid request of each RPC. Tests repeat a request, invalidate it or let its deadline pass."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import time
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from parley.chat.v1 import chat_pb2 as c
from parley.notify.v1 import delivery_pb2 as v
from parley.notify.v1 import notify_pb2 as n
from parley.notify.v1 import webhooks_pb2 as w
from parley.presence.v1 import presence_pb2 as p
from parley.tickets.v1 import directory_pb2 as d
from parley.tickets.v1 import tickets_pb2 as t
from servicekit.errors import Kind
from tests.contract.rpcs import RPCS
from tests.journeys.desk import TestDesk
from tests.journeys.scene_directory import good_audit, good_directory, good_erasing
from tests.journeys.scene_notifications import Good, good_deliveries, good_webhooks, with_command_id
from tests.journeys.scene_transfers import good_transfers
from tests.journeys.team import INSIDE, Team, answered

# Only gateways call these. The posts in the stream come from frames, which test_bad_frames.py covers.
BETWEEN_SERVICES = {"ChatService.PostMessages", "PresenceService.ReportConnections"}
PHONE = "+442079460101"


@dataclass(frozen=True)
class Snapshot:
    """What people did in each session and on each ticket, the directory's entries, the settings' versions, and preferences and webhooks.
    Entries that the system adds by itself are left out."""

    sessions: Mapping[str, list[str]]
    tickets: Mapping[str, list[str]]
    directory: list[str]
    versions: list[int]
    alerting: list[str]


class Scene:
    """`good`: "<Service>.<Rpc>" -> the caller (a name of TestDesk, or INSIDE for one of Parley's own services) and the request."""

    def __init__(self, team: Team, desk: TestDesk) -> None:
        self.team, self.desk = team, desk
        self.good: dict[str, Good] = {}
        self._made = 0
        self._opened: set[str] = set()

    def id(self, word: str) -> str:
        return self.desk.id_of(word)

    def token(self, who: str) -> str:
        return self.team.own() if who == INSIDE else self.team.person(self.desk, who)

    async def do(self, name: str, who: str, request: Message) -> Any:
        return await self.team.do(name, request, self.token(who))

    async def prepare(self) -> None:
        """Brings Mia, Ava and Sam online, and gives each session RPC its own session in the status that it needs."""
        await self.desk.pages("mia", "ava", "sam")
        waiting = [await self.waiting() for _ in range(3)]
        handled = [await self.handled() for _ in range(3)]
        await self.do(
            "ChatService.JoinSession", "sam", c.JoinSessionRequest(session_id=handled[0], command_id="also", mode=c.JOIN_MODE_ALSO)
        )
        callbacks, ended = (await self.callback(), await self.callback(), await self.closed_callback()), await self.ended()
        self.good |= self._chat(waiting, handled, await self._pushed(), await self._in_the_queue(), callbacks, ended)
        self.good |= await good_transfers(self, handled[2])
        self.good |= await self._chat_reads(waiting[0])
        self.good |= self._tickets(await self.ticket())
        self.good |= good_directory(self) | good_audit(self) | await good_erasing(self)
        self.good |= self._alerts_and_presence(waiting[2]) | await good_deliveries(self) | await good_webhooks(self)
        assert self.good.keys() == RPCS.keys() - BETWEEN_SERVICES

    async def ticket(self, customer: str = "mia") -> str:
        asked = t.CreateTicketRequest(command_id=self.fresh(), summary="VPN drops", text="Every afternoon.")
        return str((await self.do("TicketsService.CreateTicket", customer, asked)).ticket.id)

    async def waiting(self) -> str:
        """Mia requests a chat on a new ticket, because she may have only one active chat per ticket."""
        asked = c.RequestChatRequest(command_id=self.fresh(), text="Printer is on fire", ticket_id=await self.ticket())
        return await self._requested(asked)

    async def _requested(self, asked: c.RequestChatRequest) -> str:
        session_id = str((await self.do("ChatService.RequestChat", "mia", asked)).session.card.session_id)
        self._opened.add(session_id)
        return session_id

    async def handled(self) -> str:
        return await self._taken(await self.waiting())

    async def callback(self) -> str:
        session_id = await self.waiting()
        wish = c.CallbackWish(phone=PHONE)
        await self.do("ChatService.ConvertToCallback", "mia", c.ConvertToCallbackRequest(session_id=session_id, command_id="w", wish=wish))
        return session_id

    async def closed_callback(self) -> str:
        session_id = await self.callback()
        note = c.ClosingNote(note="Called her.")
        await self.do(
            "ChatService.CompleteSession", "ava", c.CompleteSessionRequest(session_id=session_id, command_id="d", closing_note=note)
        )
        return session_id

    async def ended(self) -> str:
        """A chat that ended without a ticket, and that Mia has not left."""
        session_id = await self._in_the_queue()
        asked = c.CompleteSessionRequest(session_id=session_id, command_id="e", none=c.NoTicket())
        await self.do("ChatService.CompleteSession", "ava", asked)
        return session_id

    async def _in_the_queue(self) -> str:
        """A handled chat without a ticket. Only such a chat may create a ticket when it ends."""
        return await self._taken(await self._requested(c.RequestChatRequest(command_id=self.fresh(), text="A new laptop")))

    async def _taken(self, session_id: str) -> str:
        await self.do("ChatService.JoinSession", "ava", c.JoinSessionRequest(session_id=session_id, command_id="j", mode=c.JOIN_MODE_TAKE))
        return session_id

    async def _pushed(self) -> str:
        asked = c.PushChatRequest(command_id=self.fresh(), ticket_id=await self.ticket(), text="Are you there?")
        self._push_ticket, push = asked.ticket_id, RPCS["ChatService.PushChat"]
        # Presence may not know Mia's page yet.
        not_yet = (Kind.UNAVAILABLE, Kind.FAILED_PRECONDITION)
        outcome = await answered(lambda: self.team.call(push, asked, self.token("ava")), not_yet)
        assert isinstance(outcome.answer, c.PushChatResponse), outcome
        self._opened.add(outcome.answer.session.card.session_id)
        return outcome.answer.session.card.session_id

    def fresh(self) -> str:
        """A new command id."""
        self._made += 1
        return f"made-{self._made}"

    def _chat(
        self, waiting: list[str], handled: list[str], pushed: str, queued: str, callbacks: tuple[str, str, str], ended: str
    ) -> dict[str, Good]:
        """`callbacks`: two open ones and a closed one."""
        callback, postponed, closed = callbacks
        until = c.TimeWindow(until=Timestamp(seconds=1_900_003_600))
        getattr(until, "from").seconds = 1_900_000_000
        wish = c.CallbackWish(phone=PHONE, note="After lunch.", windows=[until])
        ticket = c.NewTicket(board_id=self.id("service-desk"), summary="A new laptop", priority="normal")
        asked: dict[str, Good] = {
            "RequestChat": ("mia", c.RequestChatRequest(text="Again", ticket_id=self._push_ticket)),
            "OpenCallback": ("leo", c.OpenCallbackRequest(text="Call me", wish=wish)),
            "ConvertToCallback": ("mia", c.ConvertToCallbackRequest(session_id=waiting[0], wish=wish)),
            "CancelCallback": ("mia", c.CancelCallbackRequest(session_id=callback)),
            "PostponeCallback": (
                "ava",
                c.PostponeCallbackRequest(session_id=postponed, next_call_at=Timestamp(seconds=int(time()) + 3600)),
            ),
            "PushChat": ("ava", c.PushChatRequest(ticket_id=self._push_ticket, text="Hello")),
            "AnswerPushChat": ("mia", c.AnswerPushChatRequest(session_id=pushed, answer=c.PUSH_ANSWER_ACCEPT)),
            "JoinSession": ("ava", c.JoinSessionRequest(session_id=waiting[1], mode=c.JOIN_MODE_TAKE)),
            "LeaveSession": ("sam", c.LeaveSessionRequest(session_id=handled[0])),
            "InviteEngineer": ("ava", c.InviteEngineerRequest(session_id=handled[1], engineer_id=self.id("sam"))),
            "MarkRead": ("ava", c.MarkReadRequest(session_id=handled[2], revision=1)),
            "PostMessage": ("ava", c.PostMessageRequest(session_id=handled[2], text="One moment.")),
            "UploadFile": ("ava", c.UploadFileRequest(session_id=handled[2], name="vpn.log", size=5, data=b"drops")),
            "DownloadFile": ("ava", c.DownloadFileRequest(session_id=handled[2], file_id="none-yet")),
            "CompleteSession": ("ava", c.CompleteSessionRequest(session_id=queued, create=ticket)),
            "AmendCloseRecord": ("ava", c.AmendCloseRecordRequest(session_id=closed, note="Called her twice.")),
            "GiveFeedback": ("mia", c.GiveFeedbackRequest(session_id=ended, solved=c.SOLVED_YES, comment="That was quick.")),
        }
        return {f"ChatService.{name}": with_command_id(good, name) for name, good in asked.items()}

    async def _chat_reads(self, session_id: str) -> dict[str, Good]:
        read = await self.do("ChatService.GetSettings", "ava", c.GetSettingsRequest())
        settings = read.settings
        settings.hours.CopyFrom(c.OfficeHours(zone="Pacific/Auckland", spans=[c.WeeklySpan(day=1, from_minute=0, until_minute=1440)]))
        settings.hours.holidays.add(date="2030-12-25", name="Christmas Day", until_minute=1440)
        settings.customers[self.id("zoe")] = True
        listed = c.ListSessionsRequest(statuses=[c.CHAT_STATUS_WAITING], person_id=self.id("mia"), page_size=10, live=True)
        listed.ticket_id = self._push_ticket
        history = c.ListHistoryRequest(company_id=self.id("acme"), customer_id=self.id("mia"), search="printer", page_size=10)
        history.status, history.type = c.CHAT_STATUS_WAITING, c.CHAT_TYPE_REQUEST
        history.opened_from.seconds, history.opened_until.seconds = 1_700_000_000, 1_900_000_000
        reply = c.CannedReply(reply_id="hello", title="Hello", text="Hello {customer}")
        asked: dict[str, Good] = {
            "GetSession": ("ava", c.GetSessionRequest(session_id=session_id)),
            "ListSessions": ("ava", listed),
            "ListHistory": ("ava", history),
            "GetChatLog": ("ava", c.GetChatLogRequest(session_id=session_id)),
            "GetChatLogProof": ("ava", c.GetChatLogProofRequest(session_id=session_id, sha256="0" * 64)),
            "GetSupportState": ("mia", c.GetSupportStateRequest(ticket_id=self._push_ticket)),
            "GetDeskFigures": ("sam", c.GetDeskFiguresRequest(date="2026-01-31", company_id=self.id("acme"), board_id=self.id("projects"))),
            "GetSettings": ("ava", c.GetSettingsRequest()),
            "UpdateSettings": ("ava", c.UpdateSettingsRequest(settings=settings, version=read.version)),
            "ListHolidays": ("ava", c.ListHolidaysRequest(country="NZ", year=2026)),
            "ListCannedReplies": ("ava", c.ListCannedRepliesRequest()),
            "PutCannedReply": ("ava", c.PutCannedReplyRequest(reply=reply, of_desk=True)),
            "DeleteCannedReply": ("ava", c.DeleteCannedReplyRequest(reply_id="hello", of_desk=True)),
        }
        return {f"ChatService.{name}": good for name, good in asked.items()}

    def _tickets(self, ticket_id: str) -> dict[str, Good]:
        made = t.CreateTicketRequest(summary="Badge", text="Lost it.", board_id=self.id("projects"), customer_id=self.id("mia"))
        made.priority = t.PRIORITY_HIGH
        changed = t.UpdateTicketRequest(ticket_id=ticket_id, summary="VPN", status=t.TICKET_STATUS_IN_PROGRESS, priority=t.PRIORITY_LOW)
        changed.board_id, changed.assignee_id, changed.customer_id = self.id("projects"), self.id("sam"), self.id("mia")
        listed = t.ListTicketsRequest(search="vpn", statuses=[t.TICKET_STATUS_NEW], customer_id=self.id("mia"), page_size=10)
        listed.board_id, listed.assignee_id = self.id("service-desk"), self.id("sam")
        listed.priorities.append(t.PRIORITY_NORMAL)
        listed.changed_before.seconds, listed.sort = 1_900_000_000, t.TICKET_SORT_SUMMARY
        asked: dict[str, Good] = {
            "CreateTicket": ("ava", made),
            "UpdateTicket": ("ava", changed),
            "AddNote": ("ava", t.AddNoteRequest(ticket_id=ticket_id, text="Called her.", internal=True)),
            "UploadAttachment": ("ava", t.UploadAttachmentRequest(ticket_id=ticket_id, name="vpn.log", size=5, data=b"drops")),
            "GetTicket": ("ava", t.GetTicketRequest(ticket_id=ticket_id)),
            "ListTickets": ("ava", listed),
            "ListTimeline": ("ava", t.ListTimelineRequest(ticket_id=ticket_id, page_size=10)),
            "DownloadAttachment": ("ava", t.DownloadAttachmentRequest(ticket_id=ticket_id, attachment_id="none-yet")),
        }
        return {f"TicketsService.{name}": with_command_id(good, name) for name, good in asked.items()}

    def _alerts_and_presence(self, session_id: str) -> dict[str, Good]:
        ended = p.EndConnectionsRequest(command_id="good", person_id=self.id("leo"), reason="Lost the phone.")
        return {
            "NotifyService.ListAlerts": ("ava", n.ListAlertsRequest()),
            "NotifyService.DismissAlert": ("ava", n.DismissAlertRequest(session_id=session_id)),
            "NotifyService.GetSettings": ("ava", n.GetSettingsRequest()),
            "NotifyService.UpdateSettings": ("ava", n.UpdateSettingsRequest(settings=n.AlertSettings(first=30, every=15, until=120))),
            "NotifyService.ExplainAlert": ("ava", n.ExplainAlertRequest(session_id=session_id, person_id=self.id("sam"))),
            "PresenceService.ChoosePresence": ("sam", p.ChoosePresenceRequest(presence=p.PRESENCE_AWAY)),
            "PresenceService.GetPresence": ("ava", p.GetPresenceRequest(person_ids=[self.id("mia")])),
            "PresenceService.WatchPresence": ("ava", p.WatchPresenceRequest(person_ids=[self.id("mia")])),
            "PresenceService.ListTicketViewers": (INSIDE, p.ListTicketViewersRequest(desk_id=self.desk.id, ticket_id="nothing")),
            "PresenceService.ListPages": (INSIDE, p.ListPagesRequest(desk_id=self.desk.id, person_ids=[self.id("mia")])),
            "PresenceService.EndConnections": ("ava", ended),
            "PresenceService.GetSettings": ("ava", p.GetSettingsRequest()),
            "PresenceService.UpdateSettings": ("ava", p.UpdateSettingsRequest(settings=p.PresenceSettings(away_after=120))),
        }

    async def snapshot(self) -> Snapshot:
        sessions: dict[str, list[str]] = {}
        for session_id in await self._listed():
            read = await self.do("ChatService.GetSession", "ava", c.GetSessionRequest(session_id=session_id))
            sessions[session_id] = [f"{entry.by.id} {entry.command_id}" for entry in read.session.entries if entry.by.id]
        tickets: dict[str, list[str]] = {}
        for ticket in (await self.do("TicketsService.ListTickets", "ava", t.ListTicketsRequest(page_size=100))).tickets:
            lines = (await self.do("TicketsService.ListTimeline", "ava", t.ListTimelineRequest(ticket_id=ticket.id))).entries
            tickets[ticket.id] = [str(line) for line in lines]
        people = await self.do("DirectoryService.ListPeople", "ava", d.ListPeopleRequest())
        boards_and_companies = await self.do("DirectoryService.ListPlaces", "ava", d.ListPlacesRequest())
        chat = await self.do("ChatService.GetSettings", "ava", c.GetSettingsRequest())
        presence = await self.do("PresenceService.GetSettings", "ava", p.GetSettingsRequest())
        alerts = await self.do("NotifyService.GetSettings", "ava", n.GetSettingsRequest())
        preferences = await self.do("DeliveryService.GetPreferences", "ava", v.GetPreferencesRequest())
        webhooks = (await self.do("WebhookService.ListWebhooks", "ava", w.ListWebhooksRequest())).webhooks
        alerting = [str(preferences), *(f"{webhook.webhook_id} {webhook.url} {webhook.enabled}" for webhook in webhooks)]
        versions = [chat.version, presence.version, alerts.version]
        return Snapshot(sessions, tickets, [str(people), str(boards_and_companies)], versions, alerting)

    async def _listed(self) -> set[str]:
        """The ids of all sessions, once the list, which is updated asynchronously, includes those opened here."""
        async with asyncio.timeout(60):
            while True:
                cards = (await self.do("ChatService.ListSessions", "ava", c.ListSessionsRequest(page_size=500))).cards
                listed = {card.session_id for card in cards}
                if self._opened <= listed:
                    return listed
                await asyncio.sleep(0.05)
