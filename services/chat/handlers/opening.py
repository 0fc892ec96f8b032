"""How sessions begin (spec 2): one active chat per customer, or per customer and ticket, across replicas and repeats.

The claim is inserted before the session's first entry. An opening that finds a claim reads its session. If that is active, it is the
answer; if it has ended, the claim is taken over; if it has no entry (its opener crashed or stalls), a void entry is inserted as revision 1
of *that* session first, and only the winner of that revision takes the claim over. So the log decides, not a time-out. An opener whose
session was voided begins again under another id.

An opening whose facts are at hand does not read its session's log first, and claims while it reads whether the desk's settings are still
those that it knows. If it is a repeat, the insert of revision 1 is refused, and the log is read then; the repeat has claimed by then, and
releases the claim if its session does not hold it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from servicekit.clock import Clock
from servicekit.faults import Faults
from services.chat.domain import opening as rules
from services.chat.domain.access import check_may_see, customer_of, engineer_of, may_see
from services.chat.domain.arguments import checked_text
from services.chat.domain.callbacks import checked_wish
from services.chat.domain.desk_settings import ChatSettings
from services.chat.domain.errors import Busy, ChatError, CommandIdReused
from services.chat.domain.events import CallbackWish, ChatEvent, Entry, SessionVoided
from services.chat.domain.opening import Claim
from services.chat.domain.people import OFFLINE, Viewer
from services.chat.domain.session import ChatSession
from services.chat.handlers.chat_contexts import ChatContexts
from services.chat.handlers.phone import read_phone
from services.chat.handlers.session_command import Answer, QueuedCommand, command_of
from services.chat.handlers.session_reader import SessionReader
from services.chat.handlers.session_writer import SessionWriter
from services.chat.ports import Claims, CommandTaken, PresenceOf, RevisionTaken, SettingsStore

ATTEMPTS = 10
T = TypeVar("T")
# The first entry's events by the desk's settings. Raises ChatError.
Decide = Callable[[ChatSettings], list[ChatEvent]]
# Fetches the facts of the decision. Raises ChatError or Unavailable.
Prepare = Callable[[], Coroutine[None, None, Decide]]


class RevisionOneTaken(ChatError):
    """Another command took revision 1."""

    kind, code = "aborted", "revision_one_taken"


class Opening:
    """Raises ChatError, or Unavailable when a fact cannot be fetched."""

    def __init__(
        self,
        writer: SessionWriter,
        reader: SessionReader,
        claims: Claims,
        contexts: ChatContexts,
        presence: PresenceOf,
        settings: SettingsStore,
        clock: Clock,
        faults: Faults,
    ) -> None:
        self._writer, self._reader, self._claims, self._contexts = writer, reader, claims, contexts
        self._presence, self._settings, self._clock, self._faults = presence, settings, clock, faults

    async def request_chat(self, viewer: Viewer, command_id: str, text: str, ticket_id: str) -> Answer:
        """`ticket_id` empty: pre-ticket. Returns the active chat if there is one, even if a new one would be refused now (spec 2.3)."""
        customer_of(viewer)
        checked_text(text)

        async def prepare() -> Decide:
            context = await self._contexts.own(viewer, ticket_id)
            return lambda settings: rules.request_chat(context, text, command_id, settings, self._clock.now())

        claim = Claim(viewer.desk_id, viewer.person.id, ticket_id)
        return await self._open(viewer, command_of(viewer, "", command_id, "request_chat", text, ticket_id), prepare, claim)

    async def open_callback(self, viewer: Viewer, command_id: str, text: str, wish: CallbackWish) -> Answer:
        """Returns the active pre-ticket chat if there is one: the customer may ask for a call-back there (spec 4.10)."""
        customer_of(viewer)
        if text:
            checked_text(text)
        zone = (await self._settings.of(viewer.desk_id)).zone
        checked = checked_wish(wish, read_phone(wish.phone, await self._contexts.phone_of(viewer), zone))

        async def prepare() -> Decide:
            context = await self._contexts.own(viewer, "")
            return lambda settings: rules.open_callback(context, text, command_id, checked, settings, self._clock.now())

        claim = Claim(viewer.desk_id, viewer.person.id)
        return await self._open(viewer, command_of(viewer, "", command_id, "open_callback", text, wish), prepare, claim)

    async def push_chat(self, viewer: Viewer, command_id: str, ticket_id: str, text: str) -> Answer:
        """To the ticket's customer, who must be online now; takes no claim (spec 2.3)."""
        by = engineer_of(viewer).person
        if text:
            checked_text(text)

        async def prepare() -> Decide:
            context = await self._contexts.of_ticket(viewer, ticket_id)
            presence = (await self._presence.presence_of(viewer.desk_id, [context.customer.id])).get(context.customer.id, OFFLINE)
            return lambda settings: rules.push_chat(context, by, text, command_id, settings, presence)

        return await self._open(viewer, command_of(viewer, "", command_id, "push_chat", text, ticket_id), prepare)

    async def _open(self, viewer: Viewer, command: QueuedCommand, prepare: Prepare, claim: Claim | None = None) -> Answer:
        """`claim`: a customer's one active chat, if the command opens one."""
        for attempt in range(ATTEMPTS):
            session_id = rules.session_id_of(command.desk_id, command.by.id, command.command_id, attempt)
            with suppress(RevisionOneTaken):
                return await self._open_as(session_id, viewer, command, prepare, claim)
        raise Busy(command.by.id)

    async def _open_as(self, session_id: str, viewer: Viewer, command: QueuedCommand, prepare: Prepare, claim: Claim | None) -> Answer:
        """Raises RevisionOneTaken if the session of this id is void."""
        async with _begun(prepare()) as facts, _begun(self._settings.of(command.desk_id)) as settings:
            held = self._settings.held(command.desk_id)
            events = None if self._reader.holds(command.desk_id, session_id) else await _at_hand(facts, held)
            claimed = events is not None
            if events is not None:
                other, newest = await asyncio.gather(self._claimed_by_other(claim, session_id), settings)
                if other is None and newest is held:
                    with suppress(RevisionTaken, CommandTaken):
                        return await self._begin(session_id, command, events, once=True)
            # Facts that are not at hand are fetched while the log is read. A repeat does not wait for them, and claims nothing.
            if first := await self._reader.first(command.desk_id, session_id):
                session = await self._reader.newest(command.desk_id, session_id)
                if session is None or session.voided:
                    raise RevisionOneTaken(session_id)
                if claim and claimed and not _holds(session, claim):
                    await self._claims.release(claim, session_id)
                return _repeated(viewer, command, session, first)
            try:
                events = (await facts)(await settings)
            except Exception:
                # A customer gets the active chat, even if a new one would be refused now.
                if active := await self._active(viewer, claim):
                    return Answer(active, [])
                raise
        if other := await self._claimed_by_other(claim, session_id):
            return Answer(other, [])
        return await self._begin(session_id, command, events)

    async def _active(self, viewer: Viewer, claim: Claim | None) -> ChatSession | None:
        """The active session that holds the claim, if there is one."""
        holder = await self._claims.holder(claim) if claim else None
        session = await self._reader.newest(viewer.desk_id, holder) if holder else None
        return session if session is not None and _holds(session, claim) and may_see(viewer, session) else None

    async def _claimed_by_other(self, claim: Claim | None, session_id: str) -> ChatSession | None:
        """The active session that has the claim; None when `session_id` has it now, and without a claim."""
        if claim is None:
            return None
        for _ in range(ATTEMPTS):
            holder = await self._claims.claim(claim, session_id)
            if holder == session_id:
                await self._faults.reached("claimed")
                return None
            session = await self._reader.newest(claim.desk_id, holder)
            if session is None:
                await self._void(claim.desk_id, holder, session_id)
                await self._faults.reached("voided")
            elif _holds(session, claim):
                return session
            elif await self._claims.take_over(claim, holder, session_id):
                await self._faults.reached("claimed")
                return None
        raise Busy(session_id)

    async def _void(self, desk_id: str, session_id: str, winner_id: str) -> None:
        """Takes revision 1 of a session without entries, unless its opener is first. The caller reads the session again."""
        command_id = f"void:{winner_id}"
        void = QueuedCommand(desk_id, session_id, command_id, "void", "", _revision_one_taken, begin=lambda now: [SessionVoided()])
        with suppress(RevisionOneTaken):
            await self._writer.write(void)

    async def _begin(self, session_id: str, command: QueuedCommand, events: list[ChatEvent], *, once: bool = False) -> Answer:
        # Without a viewer, so that a void entry means RevisionOneTaken and not SessionNotFound.
        begin, decide = (lambda now: events), _revision_one_taken
        outcome = await self._writer.write(replace(command, session_id=session_id, viewer=None, begin=begin, decide=decide, once=once))
        await self._faults.reached("first_entry_inserted")
        return await self._writer.answer(outcome)


@asynccontextmanager
async def _begun(work: Coroutine[None, None, T]) -> AsyncIterator[asyncio.Task[T]]:
    """The work as a task, which is cancelled at the end of the block if nobody has waited for it."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _at_hand(facts: asyncio.Task[Decide], held: ChatSettings | None) -> list[ChatEvent] | None:
    """The first entry's events, if facts and settings are there without waiting and do not refuse it."""
    await asyncio.sleep(0)
    if held is None or not facts.done() or facts.cancelled() or facts.exception():
        return None
    with suppress(ChatError):
        return facts.result()(held)
    return None


def _holds(session: ChatSession, claim: Claim | None) -> bool:
    """Whether the session is the claim's active chat. One command that is sent twice at once, about two tickets, may leave the claim of one
    with the chat on the other."""
    return session.holds_claim and rules.claim_of(session) == claim


def _repeated(viewer: Viewer, command: QueuedCommand, session: ChatSession, first: Entry) -> Answer:
    check_may_see(viewer, session)
    # An entry from which a person was erased has none.
    if first.fingerprint not in ("", command.fingerprint):
        raise CommandIdReused()
    return Answer(session, [first])


def _revision_one_taken(session: ChatSession, now: datetime) -> list[ChatEvent]:
    raise RevisionOneTaken("Somebody else was first.")
