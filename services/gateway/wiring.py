"""Builds the gateway from its parts."""

import time
from collections.abc import Mapping
from functools import partial

from parley.audit.v1.audit_pb2_grpc import AuditServiceStub
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from parley.notify.v1.delivery_pb2_grpc import DeliveryServiceStub
from parley.notify.v1.notify_pb2_grpc import NotifyServiceStub
from parley.notify.v1.webhooks_pb2_grpc import WebhookServiceStub
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceStub
from parley.tickets.v1.tickets_pb2_grpc import TicketsServiceStub
from servicekit import kafka_topics as topics
from servicekit.app import App, Part
from servicekit.clock import Clock, SystemClock
from servicekit.faults import Faults
from servicekit.file_limit import file_limit
from servicekit.grpc_client import channel
from servicekit.grpc_server import GrpcServer
from servicekit.identity import Caller, TokenSigner, TokenVerifier, new_id
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.refusal_log import RefusalLog
from services.gateway.config import ROOT, GatewaySettings
from services.gateway.domain.limits import Limit, OpenCounts
from services.gateway.domain.site import Site
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.alert_and_ticket_updates import AlertUpdates
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.delivery_reports import DeliveryReports
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.ended_connections import EndedConnections
from services.gateway.handlers.followed_sessions import FollowedSessions
from services.gateway.handlers.openid_sign_in import OpenIdSignIn
from services.gateway.handlers.people_cache import PeopleCache
from services.gateway.handlers.posting import PostHandler
from services.gateway.handlers.presence_updates import PresenceUpdates
from services.gateway.handlers.rate_limiter import RateLimiter
from services.gateway.handlers.read_positions import ReadPositions
from services.gateway.handlers.resync import Resync
from services.gateway.handlers.round_trips import RoundTrips
from services.gateway.handlers.session_updates import SessionUpdates
from services.gateway.handlers.sign_in_refreshes import SignInRefreshes
from services.gateway.handlers.sign_in_revocations import SignInRevocations
from services.gateway.handlers.sign_ins import SignIns
from services.gateway.handlers.sockets import Intervals, Sockets
from services.gateway.handlers.start_page import StartPage
from services.gateway.handlers.ticket_viewers import TicketViewers
from services.gateway.inbound import kafka_events
from services.gateway.inbound.app_api import AppApi
from services.gateway.inbound.connections import Connections
from services.gateway.inbound.edge import Edge
from services.gateway.inbound.frame_routes import FrameRoutes
from services.gateway.inbound.http_api import build_http
from services.gateway.inbound.http_server import HttpServer
from services.gateway.inbound.http_timers import Times
from services.gateway.inbound.openid_api import OpenIdApi
from services.gateway.inbound.page_socket import SocketParts
from services.gateway.inbound.sign_in_api import SignInApi
from services.gateway.inbound.static_files import StaticFiles
from services.gateway.inbound.uploads import UploadApi
from services.gateway.inbound.websocket import Upgrades
from services.gateway.outbound.chat_replicas import ChatReplicas
from services.gateway.outbound.grpc_service import GrpcService, PersonTokens
from services.gateway.outbound.identity_providers import IdentityProviders
from services.gateway.outbound.post_sender import PostSender
from services.gateway.outbound.provider_http import ProviderHttp
from services.gateway.outbound.replica_routes import GrpcServiceBySession
from services.gateway.outbound.sealed_cookie import SealedCookie
from services.gateway.outbound.sealed_token import SealedRefresh, SealedToken
from services.gateway.outbound.socket_writer import Meters, Turn
from services.gateway.ports import Post, PostAnswered, Service, Socket

NAME = "gateway"


def wire(settings: GatewaySettings, clock: Clock | None = None, faults: Faults | None = None) -> App:
    """The whole service, not started. The gateway stores nothing that a crash could lose, so it has no fault points."""
    clock = clock or SystemClock()
    metrics = Metrics(NAME)
    signer = TokenSigner(settings.key, clock)
    tokens = PersonTokens(signer, clock)
    channels = {name: channel(getattr(settings, name), signer, metrics, settings.tls) for name in ("presence", "chat", "tickets", "notify")}
    posts = PostSender(tokens, metrics, settings.post_seconds)
    chat_replicas = ChatReplicas(
        settings.chat,
        lambda address, name: channel(address, signer, metrics, settings.tls, tls_name=name),
        posts,
        metrics,
        every=settings.resolve_seconds,
    )
    chat = GrpcServiceBySession(ChatServiceStub, channels["chat"], tokens, chat_replicas.stub, posts.routes)
    tickets = GrpcService(TicketsServiceStub, channels["tickets"], tokens)
    services: Mapping[str, Service] = {
        "chat": chat,
        "notify": GrpcService(NotifyServiceStub, channels["notify"], tokens),
        "delivery": GrpcService(DeliveryServiceStub, channels["notify"], tokens),
        "webhooks": GrpcService(WebhookServiceStub, channels["notify"], tokens),
        "presence": GrpcService(PresenceServiceStub, channels["presence"], tokens),
        "tickets": tickets,
        "audit": GrpcService(AuditServiceStub, channels["tickets"], tokens),
        "directory": GrpcService(DirectoryServiceStub, channels["tickets"], tokens),
    }

    limited = metrics.counter("rate_limited_total", "Requests, frames and sockets beyond a rate limit, by limit", ["limit"])
    refusals = RefusalLog()

    def rate_limited(limit: Limit, by: Caller | None) -> None:
        limited.labels(limit.value).inc()
        refusals.add("rate_limited", limit.value, by)

    limiter = RateLimiter(settings.limits, time.monotonic, rate_limited)
    index: SocketIndex[Socket] = SocketIndex()
    cards = DeskCards(services["chat"])
    sign_ins = SignIns(services["directory"], clock, connected=lambda id: bool(index.of_sign_in(id)), trial=settings.trial_on)
    reports = ConnectionReports(services["presence"], clock, settings.replica, new_id())
    session_updates = SessionUpdates(index, cards)
    intervals = Intervals(settings.beat_seconds, settings.silence_seconds, settings.digest_seconds)
    sockets = Sockets(
        index, sign_ins, cards, session_updates, reports, clock, settings.replica, intervals, limiter, settings.sockets_per_person
    )
    ended = EndedConnections(index, sockets, sign_ins)
    reports.ended = ended.end
    presence_updates = PresenceUpdates(index, cards, services["presence"], PeopleCache(services["directory"]))
    session_updates.customer_concerned, cards.loaded = presence_updates.recheck, presence_updates.check_desk
    followed = FollowedSessions(index, sockets, session_updates, services["chat"], limiter)
    viewers = TicketViewers(reports, tickets, services["presence"], services["directory"], limiter)
    resync = Resync(index, sockets, sign_ins, cards, presence_updates, followed, viewers)
    reads = ReadPositions(index, cards, services["chat"], metrics)
    deliveries = DeliveryReports(services["delivery"], metrics)

    def send(post: Post, answered: PostAnswered) -> None:
        reader.wake()  # chat publishes it soon
        posts.send(post, answered)

    posting, round_trips = PostHandler(send, limiter), RoundTrips(metrics)
    routes = FrameRoutes(session_updates, presence_updates, followed, reports, posting, reads, deliveries, round_trips, viewers)

    handlers = {
        topics.CHAT.name: partial(kafka_events.session_changed, cards, session_updates),
        topics.TICKETS.name: partial(kafka_events.ticket_changed, index, viewers),
        topics.NOTIFY.name: partial(kafka_events.alert_changed, index, AlertUpdates(index, clock, metrics)),
        topics.DIRECTORY.name: partial(kafka_events.directory_changed, sockets, resync),
        topics.PRESENCE.name: partial(kafka_events.presence_changed, index, presence_updates, ended, viewers),
        topics.READS.name: partial(kafka_events.read_position_moved, index, reads),
    }
    reader = BroadcastReader(
        settings.broker,
        settings.kafka_fetch_wait,
        [topic for topic in topics.TOPICS if topic.name in handlers],
        kafka_events.KafkaEvents(handlers, resync.desk, metrics).consume,
        resync.all_pages,
        metrics,
        fetch_pause=settings.kafka_fetch_pause,
    )
    sockets.caught_up = lambda: reader.ready
    sockets.renew_posts = posts.renew

    site = Site(settings.public_url, settings.origins, settings.trust_proxy)
    edge = Edge(sign_ins, site, settings.trust_proxy, limiter)
    start_page = StartPage(services["chat"], services["notify"], services["presence"], cards, clock)
    files = StaticFiles(edge, ROOT / settings.web, settings.gallery)
    uploads = UploadApi(edge, {"chat": chat, "tickets": tickets}, seconds=settings.upload_seconds, each=settings.uploads_per_person)
    provider_http = ProviderHttp(tls=settings.providers_tls)
    cookie = SealedCookie(settings.key, clock)
    asked = IdentityProviders(provider_http, clock)
    id_tokens, kept, providers = SealedToken(settings.key), SealedRefresh(settings.key), settings.identity_providers
    openid = OpenIdSignIn(providers, asked, cookie, id_tokens, kept, sign_ins, settings.public_url, metrics)
    refreshes = SignInRefreshes(providers, asked, kept, services["directory"], clock, metrics)
    revocations = SignInRevocations(providers, asked, kept, metrics)
    sign_ins.on_refresh_over = revocations.begin
    app_api = AppApi(edge, services, sockets, start_page, openid)
    sign_in_api, openid_api = SignInApi(edge, services, clock), OpenIdApi(edge, openid, clock)
    http = build_http(edge, services, app_api, uploads, sign_in_api, openid_api, files, openid.form_origins, refusals)
    open_counts = OpenCounts(settings.sockets_per_person * settings.people_per_address)
    parts_of_sockets = SocketParts(sockets, routes, settings.send_bound, limiter, open_counts, Meters(metrics), Turn(), refusals)
    upgrades = Upgrades(parts_of_sockets, site, settings.trust_proxy)
    connections = Connections(settings.max_connections, file_limit(), metrics, refusals, by_address=not settings.trust_proxy)
    times = Times(settings.head_seconds, settings.body_seconds, settings.answer_seconds)
    parts: list[Part] = [
        # They start first and stop last, so that every other part may call until its own end.
        *channels.values(),
        chat_replicas,
        provider_http,
        # It stops after the refreshes: nobody waits for a revocation, and a refresh that is cut off ends a sign-in.
        revocations,
        refreshes,
        reader,
        posts,
        reports,
        deliveries,
        Loop("connection_reports", reports.run, metrics),
        Loop("connection_refresh", reports.refresh, metrics),
        Loop("desk_cards", cards.load, metrics),
        Loop("presence_updates", presence_updates.send, metrics),
        Loop("presence_checks", presence_updates.check, metrics),
        Loop("presence_queries", presence_updates.fetch, metrics),
        Loop("ticket_viewers", viewers.run, metrics),
        Loop("read_positions", reads.run, metrics),
        Loop("ended_connections", ended.run, metrics),
        Loop("resync", resync.run, metrics),
        *([Loop("sign_in_refreshes", refreshes.run, metrics)] if providers else []),
        Loop("beats", sockets.beat, metrics),
        Loop("digests", sockets.send_digests, metrics),
        GrpcServer(settings.grpc_address, TokenVerifier(settings.keys, clock, NAME), metrics, tls=settings.tls),
        HttpServer(settings.http_host, settings.http_port, http, upgrades, sockets, connections, times, settings.drain_seconds),
    ]
    return App(
        NAME,
        parts=parts,
        metrics=metrics,
        metrics_address=settings.metrics_address,
        drain_seconds=settings.drain_seconds,
    )
