"""Where ports and adapters of notify meet; the only file that names concrete classes."""

from parley.notify.v1.notify_pb2_grpc import add_NotifyServiceServicer_to_server
from servicekit.app import App, Part
from servicekit.clock import Clock, SystemClock
from servicekit.faults import Faults
from servicekit.grpc_client import channel
from servicekit.grpc_server import GrpcServer
from servicekit.identity import TokenSigner, TokenVerifier
from servicekit.kafka_group import GroupReader
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_topics import CHAT, DIRECTORY, NOTIFY, PRESENCE
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo, MongoOutbox
from servicekit.outbox import Relay
from services.notify.config import NotifySettings
from services.notify.contract import record_of
from services.notify.handlers.alerting import Alerting
from services.notify.handlers.reconciling import Reconciling
from services.notify.inbound.events import Events
from services.notify.inbound.grpc_api import SCOPES, NotifyApi
from services.notify.outbound import mongo_engineers, mongo_session_alerts
from services.notify.outbound.clients import OwnerClients
from services.notify.outbound.mongo_engineers import MongoEngineers
from services.notify.outbound.mongo_session_alerts import MongoSessionAlerts

NAME = "notify"
SERVICE = "parley.notify.v1.NotifyService"
INDEXES = {mongo_session_alerts.COLLECTION: mongo_session_alerts.INDEXES, mongo_engineers.COLLECTION: mongo_engineers.INDEXES}


def wire(settings: NotifySettings, clock: Clock | None = None, faults: Faults | None = None) -> App:
    clock, metrics, replication = clock or SystemClock(), Metrics(NAME), settings.kafka_replication
    signer = TokenSigner(settings.key, clock)
    chat, presence, tickets = (channel(addresses, signer, metrics) for addresses in (settings.chat, settings.presence, settings.tickets))

    mongo = Mongo(settings.mongo, settings.mongo_prefix, NAME, INDEXES, metrics)
    publisher = Publisher(settings.kafka, settings.kafka_idempotence, metrics, topics=[NOTIFY], replication=replication)
    relay = Relay([MongoOutbox(mongo.database[mongo_session_alerts.COLLECTION])], publisher, metrics, faults=faults)
    session_alerts, engineers = MongoSessionAlerts(mongo.database, record_of, clock), MongoEngineers(mongo.database)

    owners = OwnerClients(chat, presence, tickets, clock)
    alerting = Alerting(session_alerts, engineers, owners, relay.wake, clock, metrics)
    reconciling = Reconciling(alerting, session_alerts, engineers, owners, clock, settings.reconcile_every)
    reader = GroupReader(
        settings.kafka,
        settings.background_fetch_wait,
        NAME,
        [CHAT, PRESENCE, DIRECTORY],
        Events(alerting, reconciling, clock).consume,
        metrics,
        publisher=publisher,
        reconcile=reconciling.everything,
        replication=replication,
    )
    api = NotifyApi(alerting)
    server = GrpcServer(
        settings.grpc_address,
        TokenVerifier(settings.keys, clock),
        metrics,
        services=[(SERVICE, lambda server: add_NotifyServiceServicer_to_server(api, server))],
        scopes={SERVICE: SCOPES},
        person_of=alerting.person_of,
    )
    loops = [Loop("reconcile", reconciling.run, metrics), Loop("forget", alerting.keep_forgetting, metrics)]
    parts: list[Part] = [chat, presence, tickets, mongo, publisher, relay, reader, *loops, server]
    return App(NAME, parts=parts, metrics=metrics, metrics_address=settings.metrics_address)
