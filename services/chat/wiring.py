"""Connects the ports and adapters of chat."""

from collections.abc import Awaitable, Callable
from functools import partial

from parley.tickets.v1 import erasing_pb2
from parley.tickets.v1.erasing_pb2_grpc import ErasingServiceStub
from servicekit import mongo_desk_settings
from servicekit.app import App, Part
from servicekit.back_ends import GATHER_BYTES
from servicekit.clock import Clock, SystemClock
from servicekit.desk_settings import SettingsChanges
from servicekit.erasing import Erasing
from servicekit.erasing_client import GrpcTasks
from servicekit.faults import Faults, NoFaults
from servicekit.files import MB
from servicekit.grpc_client import channel
from servicekit.grpc_server import SMALL_WINDOW, GrpcServer
from servicekit.identity import TokenSigner, TokenVerifier
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_group import GroupReader
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Received
from servicekit.kafka_topics import AUDIT, CHAT, DIRECTORY, GROUP_TOPICS, PRESENCE, READS, TICKETS
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from servicekit.outbox import OutboxRelay
from services.chat.config import ChatSettings
from services.chat.handlers.build import Handlers, build
from services.chat.inbound.events import directory_record, presence_record, settings_record, tickets_record
from services.chat.inbound.grpc_api import NAME as GRPC_NAME
from services.chat.inbound.grpc_api import SCOPES, ChatApi
from services.chat.inbound.promise_gauges import promise_gauges
from services.chat.inbound.timers import deadline_timer, history_loop
from services.chat.outbound import (
    mongo_canned_replies,
    mongo_chat_files,
    mongo_chat_logs,
    mongo_claims,
    mongo_figures,
    mongo_history,
    mongo_reads,
    mongo_session_log,
    mongo_sessions,
)
from services.chat.outbound.directory_copy import DirectoryCopy
from services.chat.outbound.log_to_kafka import LogToKafka
from services.chat.outbound.mongo_settings import MongoSettings
from services.chat.outbound.mongo_unpublished import MongoUnpublished
from services.chat.outbound.presence_client import PresenceClient
from services.chat.outbound.public_holidays import PublicHolidays
from services.chat.outbound.reads_to_kafka import ReadsToKafka
from services.chat.outbound.tickets_client import TicketsClient
from services.chat.ports import Ports

NAME = "chat"
INDEXES = {
    mongo_session_log.COLLECTION: mongo_session_log.INDEXES,
    mongo_sessions.COLLECTION: mongo_sessions.INDEXES,
    mongo_desk_settings.COLLECTION: mongo_desk_settings.INDEXES,
    mongo_reads.COLLECTION: mongo_reads.INDEXES,
    mongo_chat_logs.COLLECTION: [],
    mongo_history.COLLECTION: mongo_history.INDEXES,
    mongo_canned_replies.COLLECTION: mongo_canned_replies.INDEXES,
    **mongo_chat_files.INDEXES,
}


def wire(settings: ChatSettings, clock: Clock | None = None, faults: Faults | None = None) -> App:
    """Builds the service without starting it. Needs a running event loop."""
    clock, faults, metrics = clock or SystemClock(), faults or NoFaults(), Metrics(NAME)
    mongo = Mongo.from_settings(settings, NAME, INDEXES, metrics)
    publisher = Publisher(settings.broker, settings.kafka_idempotence, metrics, topics=[CHAT, READS, AUDIT])
    signer, verifier = TokenSigner(settings.key, clock), TokenVerifier(settings.keys, clock, NAME)
    tickets_channel, presence_channel = (
        channel(addresses, signer, metrics, settings.tls) for addresses in (settings.tickets, settings.presence)
    )

    session_log = mongo_session_log.MongoSessionLog(mongo, metrics, faults)
    sessions, desk_settings = mongo_sessions.MongoSessions(mongo), MongoSettings(mongo, clock)
    directory = DirectoryCopy(tickets_channel, lambda: broadcast.ready, metrics)
    relay = LogToKafka(
        session_log,
        MongoUnpublished(mongo),
        sessions,
        publisher,
        lambda session: handlers.deadlines.next_due(session),
        clock,
        metrics,
        faults,
        sweep_seconds=settings.sweep_seconds,
    )
    canned_replies = mongo_canned_replies.MongoCannedReplies(mongo)
    settings_relay = OutboxRelay([desk_settings.outbox, canned_replies.outbox], publisher, metrics, faults=faults)
    desk_settings.outbox.wake = canned_replies.outbox.wake = settings_relay.wake
    read_topic = ReadsToKafka(publisher, metrics)
    ports = Ports(
        log=session_log,
        relay=relay,
        claims=mongo_claims.MongoClaims(mongo),
        sessions=sessions,
        directory=directory,
        tickets=TicketsClient(tickets_channel),
        presence=PresenceClient(presence_channel),
        settings=desk_settings,
        holidays=PublicHolidays(),
        reads=mongo_reads.MongoReads(mongo),
        read_topic=read_topic,
        written_logs=mongo_chat_logs.MongoChatLogs(mongo),
        history=mongo_history.MongoHistory(mongo),
        figures=mongo_figures.MongoFigures(mongo),
        canned_replies=canned_replies,
        files=mongo_chat_files.MongoChatFiles(mongo),
    )
    waits = metrics.histogram("queue_seconds", "From taking a command into its session's queue until it was first decided")
    handlers: Handlers = build(
        ports, clock=clock, faults=faults, limits=settings.limits, metrics=metrics, file_bytes=settings.file_mb * MB, waited=waits.observe
    )

    directory.fetched = handlers.access_changes.check_all
    settings_changes = SettingsChanges(desk_settings.forget, handlers.deadlines.reschedule, desk_settings.desks)
    handlers.desk_settings.on_change = settings_changes.changed
    broadcast_consumers: dict[str, Callable[[Received], None]] = {
        DIRECTORY.name: partial(directory_record, directory.apply, handlers.access_changes.engineer_changed),
        CHAT.name: partial(settings_record, settings_changes),
    }
    group_consumers: dict[str, Callable[[Received], Awaitable[None]]] = {
        TICKETS.name: partial(tickets_record, handlers.ticket_follower),
        PRESENCE.name: partial(presence_record, directory, handlers.deadlines.person_is_back),
    }

    def resync() -> None:
        directory.resync()
        settings_changes.resync()

    broadcast: BroadcastReader = BroadcastReader(
        settings.broker,
        settings.gathering_fetch_wait,
        [DIRECTORY, CHAT],
        lambda record: broadcast_consumers[record.topic](record),
        resync,
        metrics,
        fetch_bytes=GATHER_BYTES,
        fetch_pause=settings.background_fetch_pause,
    )
    group = GroupReader(
        settings.broker,
        settings.background_fetch_wait,
        NAME,
        GROUP_TOPICS[NAME],
        lambda record: group_consumers[record.topic](record),
        metrics,
        publisher=publisher,
        fetch_pause=settings.background_fetch_pause,
        reconcile=handlers.ticket_follower.reconcile_locations,
    )
    api = ChatApi(handlers, verifier, clock, directory.caller)
    server = GrpcServer(
        settings.grpc_address,
        verifier,
        metrics,
        services=[(GRPC_NAME, api.add_to)],
        scopes={GRPC_NAME: SCOPES},
        person_of=directory.person_of,
        end_streams=api.end_streams,
        tls=settings.tls,
        options=[SMALL_WINDOW],
    )
    # Stopped in reverse: no more calls first, then their entries are committed and published.
    parts: list[Part] = [
        mongo,
        publisher,
        tickets_channel,
        presence_channel,
        broadcast,
        directory,
        relay,
        settings_relay,
        session_log,
        mongo_sessions.CompleteSessions(sessions, metrics),
        Loop("reads_to_kafka", read_topic.run, metrics),
        Loop("settings_changes", settings_changes.run, metrics),
        Loop("access_changes", handlers.access_changes.run, metrics),
        Loop("file_sweep", handlers.message_files.sweep.run, metrics),
        history_loop(handlers.history_terms, metrics),
        promise_gauges(handlers.figures, metrics),
        Erasing(GrpcTasks(NAME, ErasingServiceStub(tickets_channel), erasing_pb2), handlers.person_erasing.erase, metrics),
        deadline_timer(handlers.deadlines, sessions, clock, metrics).loop,
        group,
        server,
    ]
    return App(NAME, parts=parts, metrics=metrics, metrics_address=settings.metrics_address)
