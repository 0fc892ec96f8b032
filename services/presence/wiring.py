"""Connects the ports and adapters of presence."""

from datetime import timedelta
from functools import partial

from parley.presence.v1.presence_pb2_grpc import add_PresenceServiceServicer_to_server
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceStub
from servicekit import mongo_desk_settings
from servicekit.app import App, Part
from servicekit.clock import Clock, SystemClock
from servicekit.desk_settings import SettingsChanges
from servicekit.faults import Faults
from servicekit.grpc_client import channel
from servicekit.grpc_server import GrpcServer
from servicekit.identity import TokenSigner, TokenVerifier
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_topics import AUDIT, PRESENCE
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo, MongoOutbox
from servicekit.outbox import OutboxRelay
from services.presence.config import PresenceSettings
from services.presence.contract import records_of, settings_record
from services.presence.handlers.desk_settings import DeskSettingsHandlers
from services.presence.handlers.presence import PresenceHandlers
from services.presence.inbound.grpc_api import SCOPES, PresenceApi
from services.presence.inbound.presence_events import PresenceEvents
from services.presence.inbound.timers import Timers
from services.presence.outbound import mongo_leases, mongo_people
from services.presence.outbound.directory_client import end_sign_ins, read_access
from services.presence.outbound.mongo_leases import MongoLeases
from services.presence.outbound.mongo_people import MongoPeople
from services.presence.outbound.mongo_settings import MongoSettings

NAME = "presence"
SERVICE = "parley.presence.v1.PresenceService"
INDEXES = {collection.COLLECTION: collection.INDEXES for collection in (mongo_people, mongo_leases, mongo_desk_settings)}


def wire(settings: PresenceSettings, clock: Clock | None = None, faults: Faults | None = None) -> App:
    clock, metrics = clock or SystemClock(), Metrics(NAME)
    mongo = Mongo.from_settings(settings, NAME, INDEXES, metrics)
    publisher = Publisher(settings.broker, settings.kafka_idempotence, metrics, topics=[PRESENCE, AUDIT])
    people, leases = MongoPeople(mongo.database, records_of), MongoLeases(mongo.database)
    desk_settings = MongoSettings(mongo.database, settings.desk_defaults, clock, settings_record)
    outboxes = [MongoOutbox(mongo.database[mongo_people.COLLECTION], compacted=True), desk_settings.outbox]
    relay = OutboxRelay(outboxes, publisher, metrics, faults=faults)
    desk_settings.outbox.wake = relay.wake
    tickets = channel(settings.tickets, TokenSigner(settings.key, clock), metrics, settings.tls)
    directory = DirectoryServiceStub(tickets)
    handlers = PresenceHandlers(
        people,
        leases,
        desk_settings,
        relay.wake,
        partial(end_sign_ins, directory),
        partial(read_access, directory),
        clock,
        settings.rules,
        timedelta(seconds=settings.grace_period),
        metrics,
    )
    settings_changes = SettingsChanges(desk_settings.forget, handlers.settle_desk, desk_settings.desks)
    events = PresenceEvents(settings_changes)
    reader = BroadcastReader(
        settings.broker,
        settings.background_fetch_wait,
        [PRESENCE],
        events.consume,
        events.resync,
        metrics,
        fetch_pause=settings.background_fetch_pause,
    )
    timers = Timers(handlers, clock, metrics)
    api = PresenceApi(handlers, DeskSettingsHandlers(desk_settings, clock), events, metrics)
    server = GrpcServer(
        settings.grpc_address,
        TokenVerifier(settings.keys, clock, NAME),
        metrics,
        services=[(SERVICE, lambda server: add_PresenceServiceServicer_to_server(api, server))],
        scopes={SERVICE: SCOPES},
        tls=settings.tls,
    )
    runs = {"sweep": timers.sweep, "forget": timers.forget, "settings_changes": settings_changes.run}
    loops = [Loop(name, run, metrics) for name, run in runs.items()]
    parts: list[Part] = [mongo, publisher, tickets, relay, reader, *loops, server]
    return App(NAME, parts=parts, metrics=metrics, metrics_address=settings.metrics_address)
