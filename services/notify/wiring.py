"""Where ports and adapters of notify meet; the only file that names concrete classes."""

from parley.notify.v1.notify_pb2_grpc import add_NotifyServiceServicer_to_server
from parley.notify.v1.webhooks_pb2_grpc import add_WebhookServiceServicer_to_server
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
from services.notify.handlers.webhook_admin import WebhookAdmin
from services.notify.handlers.webhook_queue import WebhookQueue
from services.notify.handlers.webhook_sender import WebhookSender
from services.notify.inbound import grpc_webhooks
from services.notify.inbound.events import Events
from services.notify.inbound.grpc_api import SCOPES, NotifyApi
from services.notify.inbound.grpc_webhooks import WebhookApi
from services.notify.outbound import mongo_engineers, mongo_last_messages, mongo_session_alerts, mongo_webhook_events, mongo_webhooks
from services.notify.outbound.clients import OwnerClients
from services.notify.outbound.mongo_engineers import MongoEngineers
from services.notify.outbound.mongo_last_messages import MongoLastMessages
from services.notify.outbound.mongo_session_alerts import MongoSessionAlerts
from services.notify.outbound.mongo_webhook_events import MongoWebhookEvents
from services.notify.outbound.mongo_webhooks import MongoWebhooks
from services.notify.outbound.webhook_http import WebhookHttpClient
from services.notify.webhook_contract import sample_body

NAME = "notify"
SERVICE = "parley.notify.v1.NotifyService"
WEBHOOK_SERVICE = "parley.notify.v1.WebhookService"
STORES = (mongo_session_alerts, mongo_engineers, mongo_webhooks, mongo_webhook_events, mongo_last_messages)
INDEXES = {store.COLLECTION: store.INDEXES for store in STORES}


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

    webhooks, webhook_events = MongoWebhooks(mongo.database), MongoWebhookEvents(mongo.database, clock)
    last_messages, webhook_http = MongoLastMessages(mongo.database), WebhookHttpClient(settings.webhook_allow, clock)
    webhook_sender = WebhookSender(webhooks, webhook_events, last_messages, webhook_http, clock, metrics)
    webhook_queue = WebhookQueue(webhooks, webhook_events, last_messages, webhook_sender.wake, clock, metrics)
    webhook_admin = WebhookAdmin(webhooks, webhook_events, webhook_http, webhook_queue, lambda: sample_body(clock.now()), clock)

    reader = GroupReader(
        settings.kafka,
        settings.background_fetch_wait,
        NAME,
        [CHAT, PRESENCE, DIRECTORY],
        Events(alerting, reconciling, webhook_queue, clock).consume,
        metrics,
        publisher=publisher,
        reconcile=reconciling.everything,
        replication=replication,
    )
    api, webhook_api = NotifyApi(alerting), WebhookApi(webhook_admin)
    server = GrpcServer(
        settings.grpc_address,
        TokenVerifier(settings.keys, clock),
        metrics,
        services=[
            (SERVICE, lambda server: add_NotifyServiceServicer_to_server(api, server)),
            (WEBHOOK_SERVICE, lambda server: add_WebhookServiceServicer_to_server(webhook_api, server)),
        ],
        scopes={SERVICE: SCOPES, WEBHOOK_SERVICE: grpc_webhooks.SCOPES},
        person_of=alerting.person_of,
    )
    loops = [Loop("reconcile", reconciling.run, metrics), Loop("forget", alerting.keep_forgetting, metrics)]
    loops += [Loop("webhooks", webhook_sender.run, metrics), Loop("forget-webhooks", webhook_sender.keep_forgetting, metrics)]
    parts: list[Part] = [chat, presence, tickets, mongo, publisher, relay, reader, *loops, server]
    return App(NAME, parts=parts, metrics=metrics, metrics_address=settings.metrics_address)
