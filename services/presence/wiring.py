"""How presence is put together: plain constructor calls."""

from datetime import timedelta

from parley.presence.v1.presence_pb2_grpc import add_PresenceServiceServicer_to_server
from servicekit.app import App, Loop, Part
from servicekit.clock import Clock, SystemClock
from servicekit.faults import Faults
from servicekit.grpc_server import GrpcServer
from servicekit.identity import TokenVerifier
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_topics import PRESENCE
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo, MongoOutbox
from servicekit.outbox import Relay
from services.presence.config import PresenceSettings
from services.presence.handlers import PresenceHandlers
from services.presence.inbound.grpc_api import PresenceApi
from services.presence.inbound.presence_events import PresenceEvents
from services.presence.inbound.timers import Timers
from services.presence.outbound import mongo_leases, mongo_people
from services.presence.outbound.announcements import RelayedAnnouncements
from services.presence.outbound.mongo_leases import MongoLeases
from services.presence.outbound.mongo_people import MongoPeople
from services.presence.outbound.presence_records import record_of

NAME = "presence"
SERVICE = "parley.presence.v1.PresenceService"
INDEXES = {mongo_people.COLLECTION: mongo_people.INDEXES, mongo_leases.COLLECTION: mongo_leases.INDEXES}


def wire(settings: PresenceSettings, clock: Clock | None = None, faults: Faults | None = None) -> App:
    clock, metrics = clock or SystemClock(), Metrics(NAME)
    mongo = Mongo(settings.mongo, settings.mongo_prefix, NAME, INDEXES)
    publisher = Publisher(settings.kafka, settings.kafka_idempotence, metrics, topics=[PRESENCE], replication=settings.kafka_replication)
    relay = Relay([MongoOutbox(mongo.database[mongo_people.COLLECTION])], publisher, metrics, faults=faults)
    people, leases = MongoPeople(mongo.database, record_of), MongoLeases(mongo.database)
    handlers = PresenceHandlers(
        people, leases, RelayedAnnouncements(relay, metrics), clock, settings.rules, timedelta(seconds=settings.patience)
    )
    events = PresenceEvents()
    reader = BroadcastReader(
        settings.kafka,
        settings.kafka_fetch_wait,
        [PRESENCE],
        events.hear,
        events.jumped,
        metrics,
        replication=settings.kafka_replication,
    )
    timers = Timers(handlers, clock, metrics)
    api = PresenceApi(handlers, events, metrics)
    server = GrpcServer(
        settings.grpc_address,
        TokenVerifier(settings.keys, clock),
        metrics,
        services=[(SERVICE, lambda server: add_PresenceServiceServicer_to_server(api, server))],
    )
    loops = [Loop("sweep", timers.sweep, metrics), Loop("forget", timers.forget, metrics)]
    parts: list[Part] = [mongo, publisher, relay, reader, *loops, server]
    return App(NAME, parts=parts, metrics=metrics, metrics_address=settings.metrics_address)
