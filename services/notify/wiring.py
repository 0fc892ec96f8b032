"""Connects the ports and adapters of notify."""

from functools import partial

from parley.notify.v1.delivery_pb2_grpc import add_DeliveryServiceServicer_to_server
from parley.notify.v1.notify_pb2_grpc import add_NotifyServiceServicer_to_server
from parley.notify.v1.webhooks_pb2_grpc import add_WebhookServiceServicer_to_server
from parley.tickets.v1 import erasing_pb2
from parley.tickets.v1.erasing_pb2_grpc import ErasingServiceStub
from servicekit import mongo_desk_settings
from servicekit.app import App, Part
from servicekit.clock import Clock, SystemClock
from servicekit.due import Timer
from servicekit.erasing import Erasing
from servicekit.erasing_client import GrpcTasks
from servicekit.faults import Faults
from servicekit.grpc_client import channel
from servicekit.grpc_server import GrpcServer
from servicekit.identity import TokenSigner, TokenVerifier
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.kafka_group import GroupReader
from servicekit.kafka_positions import GroupPositions
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_topics import AUDIT, DIRECTORY, GROUP_TOPICS, NOTIFY, PRESENCE
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from servicekit.outbox import OutboxRelay
from services.notify.config import NotifySettings
from services.notify.contract import records_of, settings_record
from services.notify.delivery_contract import payload_of
from services.notify.domain.subscription import PushHosts
from services.notify.handlers.alerting import Alerting
from services.notify.handlers.confirming import Confirming
from services.notify.handlers.desk_settings import DeskSettingsHandlers
from services.notify.handlers.explaining import Explaining
from services.notify.handlers.messages import Messages
from services.notify.handlers.notification_tests import NotificationTests
from services.notify.handlers.notifying import Notifying
from services.notify.handlers.preferences import PreferencesHandlers
from services.notify.handlers.push_checks import PushChecks
from services.notify.handlers.push_queue import PushQueue
from services.notify.handlers.reconciling import Reconciling
from services.notify.handlers.repetitions import Repetitions
from services.notify.handlers.reporting import Reporting
from services.notify.handlers.status_notifications import StatusNotifications
from services.notify.handlers.subscriptions import Subscriptions
from services.notify.handlers.webhook_admin import WebhookAdmin
from services.notify.handlers.webhook_queue import WebhookQueue
from services.notify.handlers.webhook_sender import WebhookSender
from services.notify.inbound import grpc_webhooks
from services.notify.inbound.events import Events
from services.notify.inbound.grpc_api import SCOPES, NotifyApi
from services.notify.inbound.grpc_delivery import SCOPES as DELIVERY_SCOPES
from services.notify.inbound.grpc_delivery import DeliveryApi
from services.notify.inbound.grpc_webhooks import WebhookApi
from services.notify.outbound import (
    mongo_deliveries,
    mongo_engineer_history,
    mongo_engineers,
    mongo_last_messages,
    mongo_session_alerts,
    mongo_subscriptions,
    mongo_webhook_events,
    mongo_webhooks,
)
from services.notify.outbound.clients import OwnerClients
from services.notify.outbound.held_engineers import HeldEngineers
from services.notify.outbound.mongo_deliveries import MongoDeliveries
from services.notify.outbound.mongo_engineers import MongoEngineers
from services.notify.outbound.mongo_erasing import MongoErasing
from services.notify.outbound.mongo_last_messages import MongoLastMessages
from services.notify.outbound.mongo_person_data import MongoPersonData
from services.notify.outbound.mongo_preferences import MongoPreferences
from services.notify.outbound.mongo_push_key import MongoPushKey
from services.notify.outbound.mongo_session_alerts import MongoSessionAlerts
from services.notify.outbound.mongo_settings import MongoSettings
from services.notify.outbound.mongo_subscriptions import MongoSubscriptions
from services.notify.outbound.mongo_webhook_events import MongoWebhookEvents
from services.notify.outbound.mongo_webhooks import MongoWebhooks
from services.notify.outbound.notification_sender import KafkaSender
from services.notify.outbound.web_push import WebPush
from services.notify.outbound.webhook_http import WebhookHttpClient
from services.notify.webhook_contract import sample_body

NAME = "notify"
# Longer than the broker usually needs. Then the alerts are compared with the store, also while it does not answer.
PUBLISHED_WITHIN = 0.05
SERVICE, DELIVERY_SERVICE = "parley.notify.v1.NotifyService", "parley.notify.v1.DeliveryService"
WEBHOOK_SERVICE = "parley.notify.v1.WebhookService"
STORES = (
    *(mongo_session_alerts, mongo_engineers, mongo_engineer_history, mongo_deliveries, mongo_subscriptions, mongo_desk_settings),
    *(mongo_webhooks, mongo_webhook_events, mongo_last_messages),
)
INDEXES = {store.COLLECTION: store.INDEXES for store in STORES}


def wire(settings: NotifySettings, clock: Clock | None = None, faults: Faults | None = None) -> App:
    clock, metrics = clock or SystemClock(), Metrics(NAME)
    signer = TokenSigner(settings.key, clock)
    chat, presence, tickets = (
        channel(addresses, signer, metrics, settings.tls) for addresses in (settings.chat, settings.presence, settings.tickets)
    )

    mongo = Mongo.from_settings(settings, NAME, INDEXES, metrics)
    publisher = Publisher(settings.broker, settings.kafka_idempotence, metrics, topics=[NOTIFY, AUDIT])
    session_alerts, held = MongoSessionAlerts(mongo.database, records_of, clock), HeldEngineers()
    engineers = MongoEngineers(mongo.database, held)
    deliveries = MongoDeliveries(mongo.database, payload_of)
    preferences, desk_settings = MongoPreferences(mongo.database), MongoSettings(mongo.database, clock, settings_record)
    webhooks = MongoWebhooks(mongo.database)
    relay = OutboxRelay([session_alerts.outbox, desk_settings.outbox, webhooks.outbox], publisher, metrics, faults=faults)
    desk_settings.outbox.wake = session_alerts.outbox.wake = webhooks.outbox.wake = relay.wake
    session_alerts.outbox.publish = partial(relay.publish_saved, session_alerts.outbox)

    owners = OwnerClients(chat, presence, tickets, clock)
    push_hosts, push_key = PushHosts(frozenset(settings.push_hosts)), MongoPushKey(mongo.database, clock)
    web_push = WebPush(push_key, push_hosts, settings.push_contact, clock)
    subscriptions = Subscriptions(MongoSubscriptions(mongo.database), push_key, push_hosts, clock, metrics)
    push_checks = PushChecks(preferences, engineers, session_alerts)
    push_queue = PushQueue(deliveries, subscriptions, push_checks, web_push, clock, metrics)

    sender = KafkaSender(publisher, clock)
    notifying = Notifying(owners, preferences, subscriptions, deliveries, sender, clock, metrics)
    alerting = Alerting(session_alerts, engineers, owners, notifying, clock, metrics)
    alerting.published = partial(relay.saved_published, PUBLISHED_WITHIN)
    explaining = Explaining(session_alerts, engineers, deliveries, owners, clock)
    reconciling = Reconciling(alerting, session_alerts, engineers, owners, clock, settings.reconcile_every)
    messages, statuses = Messages(engineers, notifying, clock, metrics), StatusNotifications(engineers, notifying, clock)

    repetitions = Repetitions(session_alerts, engineers, desk_settings, notifying, clock)
    repetition_timer = Timer("repetitions", repetitions.due, repetitions.next_due, repetitions.fire, clock, metrics)
    alerting.on_due = repetition_timer.announce
    confirming = Confirming(deliveries, session_alerts, engineers, notifying, clock, metrics)
    reporting = Reporting(deliveries, confirming, notifying, clock, metrics)
    confirm_timer = Timer(
        "confirmations",
        confirming.unconfirmed,
        confirming.next_unconfirmed,
        lambda delivery_id: confirming.not_confirmed([delivery_id]),
        clock,
        metrics,
        fire_together=confirming.not_confirmed,
    )
    notifying.on_unconfirmed = confirm_timer.announce
    notifying.on_push = push_queue.wake

    webhook_events = MongoWebhookEvents(mongo.database, clock)
    last_messages = MongoLastMessages(mongo.database)
    webhook_http = WebhookHttpClient(settings.webhook_allow, clock, hosts=settings.webhook_hosts)
    webhook_sender = WebhookSender(webhooks, webhook_events, last_messages, webhook_http, clock, metrics)
    webhook_queue = WebhookQueue(webhooks, webhook_events, last_messages, webhook_sender.wake, clock, metrics)
    webhook_admin = WebhookAdmin(webhooks, webhook_events, webhook_http, webhook_queue, lambda: sample_body(clock.now()), clock)

    reader = GroupReader(
        settings.broker,
        settings.background_fetch_wait,
        NAME,
        GROUP_TOPICS[NAME],
        Events(alerting, statuses, messages, reconciling, preferences, webhook_queue, subscriptions, clock).consume,
        metrics,
        publisher=publisher,
        fetch_pause=settings.kafka_fetch_pause,  # alerts wait for it
        reconcile=reconciling.reconcile,
    )
    changes = BroadcastReader(
        settings.broker,
        settings.kafka_fetch_wait,
        [PRESENCE, DIRECTORY],
        held.consume,
        held.clear,
        metrics,
        fetch_pause=settings.background_fetch_pause,
    )
    held.subscribed = lambda: changes.ready
    api = NotifyApi(alerting, explaining, DeskSettingsHandlers(desk_settings, clock))
    preferences_handlers = PreferencesHandlers(preferences, engineers, subscriptions, alerting.engineer_changed, clock)
    notification_tests, person_data = NotificationTests(subscriptions, notifying, clock), MongoPersonData(mongo.database)
    delivery_api = DeliveryApi(reporting, notification_tests, preferences_handlers, subscriptions, person_data)
    webhook_api = WebhookApi(webhook_admin)
    server = GrpcServer(
        settings.grpc_address,
        TokenVerifier(settings.keys, clock, NAME),
        metrics,
        services=[
            (SERVICE, lambda server: add_NotifyServiceServicer_to_server(api, server)),
            (DELIVERY_SERVICE, lambda server: add_DeliveryServiceServicer_to_server(delivery_api, server)),
            (WEBHOOK_SERVICE, lambda server: add_WebhookServiceServicer_to_server(webhook_api, server)),
        ],
        scopes={SERVICE: SCOPES, DELIVERY_SERVICE: DELIVERY_SCOPES, WEBHOOK_SERVICE: grpc_webhooks.SCOPES},
        person_of=alerting.person_of,
        tls=settings.tls,
    )
    runs = {"reconcile": reconciling.run, "forget": explaining.keep_forgetting, "messages": messages.run, "push": push_queue.run}
    runs |= {"webhooks": webhook_sender.run, "forget-webhooks": webhook_sender.keep_forgetting}
    runs |= {"forget-subscriptions": subscriptions.keep_forgetting}
    loops = [*(Loop(name, run, metrics) for name, run in runs.items()), repetition_timer.loop, confirm_timer.loop]
    tasks, consumed = GrpcTasks(NAME, ErasingServiceStub(tickets), erasing_pb2), GroupPositions(settings.broker, NAME, GROUP_TOPICS[NAME])
    erasing = Erasing(tasks, MongoErasing(mongo.database).erase, metrics, consumed.until_finished)
    parts: list[Part] = [chat, presence, tickets, mongo, publisher, relay, changes, reader, web_push, *loops, erasing, server]
    return App(NAME, parts=parts, metrics=metrics, metrics_address=settings.metrics_address)
