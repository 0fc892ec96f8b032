"""Connects the ports and adapters of tickets."""

from datetime import timedelta
from functools import partial

from parley.audit.v1.audit_pb2_grpc import add_AuditServiceServicer_to_server
from parley.tickets.v1.directory_pb2_grpc import add_DirectoryServiceServicer_to_server
from parley.tickets.v1.erasing_pb2_grpc import add_ErasingServiceServicer_to_server
from parley.tickets.v1.tickets_pb2_grpc import add_TicketsServiceServicer_to_server
from servicekit import mongo_files
from servicekit.app import App
from servicekit.back_ends import GATHER_BYTES
from servicekit.clock import Clock, SystemClock
from servicekit.erasing import Erasing
from servicekit.faults import Faults, NoFaults
from servicekit.file_types import content_type_of
from servicekit.files import MB
from servicekit.grpc_client import Channel, channel
from servicekit.grpc_server import SMALL_WINDOW, GrpcServer
from servicekit.identity import TokenSigner, TokenVerifier
from servicekit.kafka_group import GroupReader
from servicekit.kafka_positions import GroupPositions
from servicekit.kafka_publisher import Publisher
from servicekit.kafka_records import Received
from servicekit.kafka_topics import AUDIT, DIRECTORY, GROUP_TOPICS, TICKETS
from servicekit.kafka_workers import Unfinished
from servicekit.logs import log
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from servicekit.outbox import OutboxRelay
from services.tickets.config import TicketsSettings
from services.tickets.handlers.access import VisibleReader
from services.tickets.handlers.audit import AuditHandlers, AuditSweep
from services.tickets.handlers.chat_file_copies import ChatFileCopies
from services.tickets.handlers.chat_log_attacher import ChatLogAttacher
from services.tickets.handlers.committing import Committer
from services.tickets.handlers.directory import DirectoryHandlers
from services.tickets.handlers.erasing import TicketErasing
from services.tickets.handlers.erasures import ErasureHandlers, OwnTasks
from services.tickets.handlers.person_export import PersonExport
from services.tickets.handlers.refreshes import RefreshHandlers
from services.tickets.handlers.sign_ins import SignInHandlers
from services.tickets.handlers.sweeps import SignInSweep, file_sweep
from services.tickets.handlers.ticket_commands import TicketCommands
from services.tickets.handlers.ticket_reads import TicketReads
from services.tickets.handlers.uploads import Uploads
from services.tickets.inbound import audit_events, chat_events, grpc_audit, grpc_directory, grpc_erasing, grpc_tickets
from services.tickets.outbound import (
    mongo_audit,
    mongo_directory,
    mongo_erasures,
    mongo_sign_ins,
    mongo_ticket_list,
    mongo_ticket_log,
    mongo_ticket_words,
)
from services.tickets.outbound.audit_publisher import AuditPublisher
from services.tickets.outbound.chat_client import GrpcChatClient
from services.tickets.outbound.mongo_ticket_log import TicketOutbox
from services.tickets.outbound.person_data_clients import PersonDataClients
from services.tickets.outbound.ticket_files import files_of

NAME = "tickets"
STORED = (
    mongo_ticket_log,
    mongo_ticket_list,
    mongo_ticket_words,
    mongo_files,
    mongo_directory,
    mongo_sign_ins,
    mongo_audit,
    mongo_erasures,
)
INDEXES = {name: indexes for stored in STORED for name, indexes in stored.INDEXES.items()}


def wire(settings: TicketsSettings, clock: Clock | None = None, faults: Faults | None = None) -> App:
    """The service, not started. Needs a running loop."""
    clock, faults, metrics = clock or SystemClock(), faults or NoFaults(), Metrics(NAME)
    if settings.trial_on:
        log.warning("trial_sign_in_enabled", meaning="anybody who reaches the sign-in page may be any of the demo people")
    mongo = Mongo.from_settings(settings, NAME, INDEXES, metrics)
    publisher = Publisher(settings.broker, settings.kafka_idempotence, metrics, topics=[TICKETS, DIRECTORY, AUDIT])
    presence, chat, notify = others_of(settings, clock, metrics)
    chat_client = GrpcChatClient(chat)

    ticket_log, tickets = mongo_ticket_log.MongoTicketLog(mongo), mongo_ticket_list.MongoTicketList(mongo)
    numbers, files = mongo_ticket_list.MongoNumbers(mongo), files_of(mongo)
    directory, sign_ins = mongo_directory.MongoDirectory(mongo), mongo_sign_ins.MongoSignIns(mongo)
    audit_log = mongo_audit.MongoAuditLog(mongo)
    audit = AuditHandlers(audit_log, directory, clock, metrics)
    directory_relay = OutboxRelay([directory.outbox, sign_ins.outbox], AuditPublisher(publisher, audit.keep), metrics, faults=faults)
    directory.outbox.wake = sign_ins.outbox.wake = directory_relay.wake
    relay = OutboxRelay([TicketOutbox(ticket_log, tickets)], publisher, metrics, faults=faults)

    visible = VisibleReader(ticket_log, directory)
    committer = Committer(ticket_log, tickets, relay.wake, metrics)
    erasure_store = mongo_erasures.MongoErasures(mongo)
    copies = ChatFileCopies(files, chat_client, clock, faults, metrics)
    attacher = ChatLogAttacher(
        committer=committer,
        log=ticket_log,
        visible=visible,
        numbers=numbers,
        files=files,
        chat_client=chat_client,
        copies=copies,
        erasures=erasure_store,
        publish_all=relay.publish_all,
        clock=clock,
        faults=faults,
        metrics=metrics,
    )
    lasts = timedelta(days=settings.sign_in_days)
    tickets_api = grpc_tickets.TicketsApi(
        TicketCommands(committer, ticket_log, visible, numbers, files, clock),
        TicketReads(ticket_log, tickets, files, visible),
        Uploads(visible, files, content_type_of, clock, faults, metrics, most=settings.attachment_mb * MB),
    )
    people = DirectoryHandlers(directory, numbers, clock, trial=settings.trial_on, most_file_mb=settings.attachment_mb)
    grace = timedelta(hours=settings.refresh_grace_hours)
    sign_in_handlers = SignInHandlers(sign_ins, directory, clock, metrics, lasts=lasts, trial=settings.trial_on, grace=grace)
    settled = timedelta(seconds=settings.erase_after_seconds)
    erasures = ErasureHandlers(erasure_store, directory, sign_ins, clock, settled)
    ticket_erasing = TicketErasing(
        ticket_log, tickets, files, sign_ins, audit_log, chat_client, erasures.close_entry, directory_relay.publish_all, clock
    )
    person_export = PersonExport(
        directory, ticket_log, tickets, files, audit_log, PersonDataClients(chat, presence, notify), chat_client, audit.keep, clock
    )
    erasing_api = grpc_erasing.ErasingApi(erasures, person_export)
    directory_api = grpc_directory.DirectoryApi(people, sign_in_handlers, RefreshHandlers(sign_ins, clock, grace=grace))

    async def consume(received: Received) -> Unfinished:
        if received.topic == AUDIT.name:
            await audit_events.audit_record(audit, received)
            return None
        await audit_events.chat_record(audit, received)
        return await chat_events.consume(attacher, received)

    events = GroupReader(
        settings.broker,
        settings.gathering_fetch_wait,
        NAME,
        GROUP_TOPICS[NAME],
        consume,
        metrics,
        publisher=publisher,
        fetch_bytes=GATHER_BYTES,
        fetch_pause=settings.background_fetch_pause,
    )
    server = GrpcServer(
        settings.grpc_address,
        TokenVerifier(settings.keys, clock, NAME),
        metrics,
        services=[
            (grpc_tickets.NAME, partial(add_TicketsServiceServicer_to_server, tickets_api)),
            (grpc_directory.NAME, partial(add_DirectoryServiceServicer_to_server, directory_api)),
            (grpc_audit.NAME, partial(add_AuditServiceServicer_to_server, grpc_audit.AuditApi(audit))),
            (grpc_erasing.NAME, partial(add_ErasingServiceServicer_to_server, erasing_api)),
        ],
        scopes={api.NAME: api.SCOPES for api in (grpc_tickets, grpc_directory, grpc_audit, grpc_erasing)},
        person_of=people.person_of,
        tls=settings.tls,
        options=[SMALL_WINDOW],
    )
    runs = {
        "file_sweep": file_sweep(files, ticket_log, clock, metrics).run,
        "audit_sweep": AuditSweep(audit_log, clock, metrics, timedelta(days=settings.audit_days)).run,
        "sign_in_sweep": SignInSweep(sign_ins, clock, metrics).run,
    }
    completing = [mongo_directory.CompletePeople(directory, metrics), mongo_ticket_list.CompleteTickets(tickets, metrics)]
    loops = [*completing, *(Loop(name, run, metrics) for name, run in runs.items())]
    consumed = GroupPositions(settings.broker, NAME, GROUP_TOPICS[NAME])
    erasing = Erasing(OwnTasks(NAME, erasures), ticket_erasing.erase, metrics, consumed.until_finished)
    return App(
        NAME,
        parts=[mongo, publisher, directory_relay, relay, *loops, presence, chat, notify, erasing, server, copies, events],
        metrics=metrics,
        metrics_address=settings.metrics_address,
    )


def others_of(settings: TicketsSettings, clock: Clock, metrics: Metrics) -> tuple[Channel, Channel, Channel]:
    """The channels to presence, chat and notify."""
    signer = TokenSigner(settings.key, clock)
    presence, chat, notify = (
        channel(addresses, signer, metrics, settings.tls) for addresses in (settings.presence, settings.chat, settings.notify)
    )
    return presence, chat, notify
