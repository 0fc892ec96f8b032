"""Where the gateway's parts meet: the only file that names them all."""

import time
from collections.abc import Mapping

import grpc

from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from parley.notify.v1.notify_pb2_grpc import NotifyServiceStub
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceStub
from parley.tickets.v1.tickets_pb2_grpc import TicketsServiceStub
from servicekit import kafka_topics as topics
from servicekit.app import App, Loop, Part
from servicekit.clock import Clock, SystemClock
from servicekit.faults import Faults
from servicekit.file_limit import file_limit
from servicekit.grpc_client import channel
from servicekit.grpc_server import GrpcServer
from servicekit.identity import TokenSigner, TokenVerifier, new_id
from servicekit.kafka_broadcast import BroadcastReader
from servicekit.metrics import Metrics
from services.gateway.config import ROOT, GatewaySettings
from services.gateway.domain.interest import Interest
from services.gateway.domain.open_counts import OpenCounts
from services.gateway.domain.origin import Site
from services.gateway.domain.paths import Paths
from services.gateway.handlers.catching_up import CatchingUp
from services.gateway.handlers.connection_reports import ConnectionReports
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.handlers.ended_connections import EndedConnections
from services.gateway.handlers.followed_sessions import FollowedSessions
from services.gateway.handlers.lines import Lines, Rhythm
from services.gateway.handlers.other_news import AlertNews, TicketNews
from services.gateway.handlers.page_frames import PageFrames
from services.gateway.handlers.people_seen import PeopleSeen
from services.gateway.handlers.presence_news import PresenceNews
from services.gateway.handlers.rate_limiter import RateLimiter
from services.gateway.handlers.read_positions import ReadPositions
from services.gateway.handlers.session_news import SessionNews
from services.gateway.handlers.sign_ins import SignIns
from services.gateway.handlers.start_page import StartPage
from services.gateway.inbound.both_api import BothApi
from services.gateway.inbound.broadcast import Broadcast, Reader
from services.gateway.inbound.chat_events import ChatEvents
from services.gateway.inbound.connections import Connections
from services.gateway.inbound.directory_events import DirectoryEvents
from services.gateway.inbound.edge import Edge
from services.gateway.inbound.http_api import build_http
from services.gateway.inbound.http_connection import Times
from services.gateway.inbound.http_server import HttpServer
from services.gateway.inbound.notify_events import NotifyEvents
from services.gateway.inbound.page_socket import Meters, Wiring
from services.gateway.inbound.presence_events import PresenceEvents
from services.gateway.inbound.read_events import ReadEvents
from services.gateway.inbound.sign_in_api import SignInApi
from services.gateway.inbound.static_files import StaticFiles
from services.gateway.inbound.tickets_events import TicketsEvents
from services.gateway.inbound.websocket import Upgrades, upgraded_by
from services.gateway.outbound.chat_posts import ChatPosts
from services.gateway.outbound.grpc_service import GrpcService, GrpcServiceBySession
from services.gateway.outbound.last_words import Channels, LastWords
from services.gateway.outbound.person_tokens import PersonTokens
from services.gateway.ports import Line, Service

NAME = "gateway"


def wire(settings: GatewaySettings, clock: Clock | None = None, faults: Faults | None = None) -> App:
    """The whole service, not started. The gateway keeps nothing that a crash could lose, so it reaches no fault's point."""
    clock = clock or SystemClock()
    metrics = Metrics(NAME)
    signer = TokenSigner(settings.key, clock)
    tokens = PersonTokens(signer, clock)
    channels = {name: channel(getattr(settings, name), signer, metrics) for name in ("presence", "chat", "tickets", "notify")}
    chat_replicas = {address: channel(address, signer, metrics) for address in settings.chat}
    posts = ChatPosts(chat_replicas, tokens, metrics, settings.post_seconds)
    services = _services(channels, chat_replicas, tokens, posts.paths)

    limited = metrics.counter("rate_limited_total", "Requests, frames and sockets beyond a rate limit, by what is limited", ["limit"])
    limiter = RateLimiter(settings.limits, time.monotonic, lambda limit: limited.labels(limit.value).inc())
    interest: Interest[Line] = Interest()
    cards = DeskCards(services["chat"])
    sign_ins = SignIns(services["directory"], clock)
    reports = ConnectionReports(services["presence"], clock, settings.replica, new_id())
    news = SessionNews(interest, cards)
    rhythm = Rhythm(settings.beat_seconds, settings.silence_seconds, settings.digest_seconds)
    lines = Lines(interest, sign_ins, cards, news, reports, clock, settings.replica, rhythm, limiter, settings.sockets_per_person)
    ended = EndedConnections(interest, lines, sign_ins)
    reports.ended = ended.end
    presences = PresenceNews(interest, cards, services["presence"], PeopleSeen(services["directory"], clock))
    news.customer_concerned, cards.loaded = presences.check_again, presences.check_desk
    followed = FollowedSessions(interest, lines, news, services["chat"])
    catching_up = CatchingUp(interest, lines, sign_ins, cards, presences, followed)
    reads = ReadPositions(interest, cards, services["chat"], metrics)
    frames = PageFrames(news, presences, followed, reports, posts, reads, limiter)

    readers: dict[str, Reader] = {
        topics.CHAT.name: ChatEvents(news),
        topics.TICKETS.name: TicketsEvents(TicketNews(interest)),
        topics.NOTIFY.name: NotifyEvents(AlertNews(interest)),
        topics.DIRECTORY.name: DirectoryEvents(lines, catching_up),
        topics.PRESENCE.name: PresenceEvents(presences, ended),
        topics.READS.name: ReadEvents(reads),
    }
    reader = BroadcastReader(
        settings.kafka,
        settings.kafka_fetch_wait,
        topics.TOPICS,
        Broadcast(readers, catching_up.desk, metrics).heard,
        catching_up.everything,
        metrics,
        replication=settings.kafka_replication,
    )
    lines.hears_all = lambda: reader.positions_known
    lines.renew_posts = posts.renew

    site = Site(settings.public_url, settings.origins, settings.trust_proxy)
    edge = Edge(sign_ins, site, settings.trust_proxy, limiter)
    start_page = StartPage(services["chat"], services["notify"], services["presence"], cards, clock)
    files = StaticFiles(edge, ROOT / settings.web, settings.gallery)
    http = build_http(edge, services, BothApi(edge, services, lines, start_page), SignInApi(edge, services, clock), files)
    open_counts = OpenCounts(settings.sockets_per_person * settings.people_per_address)
    pages = Wiring(lines, frames, settings.send_bound, limiter, open_counts, Meters(metrics))
    upgrades = Upgrades(pages, site, settings.trust_proxy)
    connections = Connections(settings.max_connections, file_limit(), metrics, by_address=not settings.trust_proxy)
    times = Times(settings.head_seconds, settings.body_seconds, settings.answer_seconds)
    sockets = upgraded_by(upgrades, connections)
    parts: list[Part] = [
        Channels([*channels.values(), *chat_replicas.values()]),
        reader,
        posts,
        LastWords(reports),
        Loop("connection_reports", reports.run, metrics),
        Loop("connection_refresh", reports.refresh, metrics),
        Loop("desk_cards", cards.load, metrics),
        Loop("presence_news", presences.send, metrics),
        Loop("presence_wishes", presences.check, metrics),
        Loop("presence_questions", presences.ask, metrics),
        Loop("read_positions", reads.run, metrics),
        Loop("ended_connections", ended.run, metrics),
        Loop("catching_up", catching_up.run, metrics),
        Loop("beats", lines.beat, metrics),
        Loop("digests", lines.tell_digests, metrics),
        GrpcServer(settings.grpc_address, TokenVerifier(settings.keys, clock), metrics),
        HttpServer(settings.http_host, settings.http_port, http, sockets, lines, connections, times),
    ]
    return App(NAME, parts=parts, metrics=metrics, metrics_address=settings.metrics_address)


def _services(
    channels: Mapping[str, grpc.aio.Channel], chat_replicas: Mapping[str, grpc.aio.Channel], tokens: PersonTokens, paths: Paths
) -> Mapping[str, Service]:
    return {
        "chat": GrpcServiceBySession(ChatServiceStub, channels["chat"], tokens, chat_replicas, paths),
        "notify": GrpcService(NotifyServiceStub, channels["notify"], tokens),
        "presence": GrpcService(PresenceServiceStub, channels["presence"], tokens),
        "tickets": GrpcService(TicketsServiceStub, channels["tickets"], tokens),
        "directory": GrpcService(DirectoryServiceStub, channels["tickets"], tokens),
    }
