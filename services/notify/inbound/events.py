"""What notify consumes: sessions, presence and the directory. Headers are checked first, so that some records need no decoding."""

from parley.chat.v1 import chat_pb2 as chat
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import Clock
from servicekit.kafka_records import Received
from servicekit.kafka_topics import CHAT, DIRECTORY, PRESENCE
from servicekit.kafka_workers import Unfinished
from services.notify.contract import card_from, engineer_from, message_from, presence_from
from services.notify.handlers.alerting import Alerting
from services.notify.handlers.messages import Messages
from services.notify.handlers.reconciling import Reconciling
from services.notify.handlers.status_notifications import StatusNotifications
from services.notify.handlers.subscriptions import Subscriptions
from services.notify.handlers.webhook_queue import WebhookQueue
from services.notify.ports import PreferencesStore
from services.notify.webhook_contract import step_in

# Events that cannot change an alert.
QUIET = frozenset({"message_posted", "note_written", "offer_raised", "offer_withdrawn"})
# Events that give a session its status.
STATUS = frozenset({"session_opened", "status_changed"})


class Events:
    """A record may come late and more than once; revisions decide what is newer."""

    def __init__(
        self,
        alerting: Alerting,
        statuses: StatusNotifications,
        messages: Messages,
        reconciling: Reconciling,
        preferences: PreferencesStore,
        webhooks: WebhookQueue,
        subscriptions: Subscriptions,
        clock: Clock,
    ) -> None:
        self._alerting, self._statuses, self._messages, self._reconciling = alerting, statuses, messages, reconciling
        self._preferences, self._webhooks, self._clock = preferences, webhooks, clock
        self._subscriptions = subscriptions
        self._consumers = {CHAT.name: self._session, PRESENCE.name: self._presence, DIRECTORY.name: self._directory}

    async def consume(self, record: Received) -> Unfinished:
        return await self._consumers[record.topic](record)

    async def _session(self, record: Received) -> Unfinished:
        """Returns a future for the notifications of a message, for which no other record waits."""
        kind, card_is = record.headers.get("kind"), record.headers.get("card")
        if kind == "settings_changed":
            return None
        if kind == "message_posted" and card_is == "same":
            return await self._message(record)
        changed = chat.SessionChanged.FromString(record.value)
        kinds = {event.WhichOneof("event") for event in changed.entry.events}
        message = message_from(changed)
        notified = self._messages.posted(message) if message else None
        if not kinds <= QUIET:
            card = card_from(changed.card)
            await (self._alerting.session_opened(card) if "session_opened" in kinds else self._alerting.session_changed(card))
            if kinds & STATUS:
                await self._statuses.status_changed(card)
            if any(event.callback_asked.due for event in changed.entry.events):
                await self._statuses.callback_due(card)
        if step := step_in(changed):
            await self._webhooks.session_stepped(step)
        return notified

    async def _message(self, record: Received) -> Unfinished:
        """An entry of messages alone, which changes no alert. Its headers may say that it concerns nobody."""
        hooked = await self._webhooks.has_endpoints(record.headers.get("desk", ""))
        if not hooked and "," not in record.headers.get("people", ","):
            return None
        changed = chat.SessionChanged.FromString(record.value)
        if hooked and (step := step_in(changed)):
            await self._webhooks.session_stepped(step)
        message = message_from(changed)
        return self._messages.posted(message) if message else None

    async def _presence(self, record: Received) -> None:
        if record.headers.get("kind") != "presence_changed":
            return
        changed = presence.PresenceChanged.FromString(record.value).presence
        if fact := presence_from(changed):
            await self._alerting.presence_changed(changed.person_id, fact)

    async def _directory(self, record: Received) -> None:
        if record.headers.get("kind") not in ("person", "sign_in"):
            return
        entry = directory.DirectoryEntry.FromString(record.value)
        if entry.HasField("sign_in_ended"):
            await self._subscriptions.sign_in_ended(entry.sign_in_ended.person_id, entry.sign_in_ended.sign_in_id)
            return
        await self._preferences.put_disabled(entry.person.desk_id, entry.person.id, entry.person.disabled)
        if engineer := engineer_from(entry, self._clock.now()):
            await self._reconciling.engineer(engineer)
