"""The Kafka contract with other teams (spec 11.3): docs/add_an_event.md matches the protos and the records of the services."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from parley.audit.v1 import audit_pb2 as pb
from servicekit.audit import audit_record
from servicekit.kafka_records import Record
from servicekit.kafka_topics import TOPICS
from services.chat.contract import sessions as chat_contract
from services.chat.domain.access import ReadPosition
from services.chat.outbound.mongo_settings import settings_record
from services.chat.outbound.reads_to_kafka import read_record
from services.notify import contract as notify_contract
from services.notify.domain.card import Reason
from services.notify.domain.session_alert import Alert, AlertEvent
from services.presence import contract as presence_contract
from services.presence.domain.connections import ConnectionsEnded, Ending
from services.presence.domain.person import NOTHING_ANNOUNCED, PresenceChanged, TicketViewersChanged
from services.tickets import directory_contract
from services.tickets.contract import records_of
from services.tickets.domain.directory import Entry
from services.tickets.domain.sign_in import SignIn
from tests.adapters.chat import story
from tests.adapters.chat.story import message, opening, state
from tests.contract.grpc_page import named
from tests.unit.notify.world import START, card
from tests.unit.tickets.desk import AVA, CONTENTS, MIA, TicketsDesk

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "add_an_event.md"
# "Topic parley.x.v1 ..., key <key>..." in the comment above a message.
TOPIC_COMMENT = re.compile(r'// Topic (?P<topic>parley\.\w+\.v1)[^,]*, key "?(?P<key>[^\s,."]*[^\s,.":])')
MESSAGE = re.compile(r"((?:^//.*\n)+)^message (\w+)", re.MULTILINE)


class Row(NamedTuple):
    """A row of the page's table."""

    topic: str
    key: str
    value: str
    kind: str
    headers: str
    kept: str


def rows() -> list[Row]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `parley.")]
    return [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


def messages_with_topics() -> Iterator[tuple[str, str, str]]:
    """Yields (topic, key, message) for each message whose comment names a topic."""
    for path in ROOT.glob("protos/parley/*/v1/*.proto"):
        package = ".".join(path.relative_to(ROOT / "protos").parts[:3])
        for comment, name in MESSAGE.findall(path.read_text()):
            if found := TOPIC_COMMENT.search(comment):
                yield found["topic"], found["key"], f"{package}.{name}"


def class_named(message: str) -> Any:
    package, _, name = message.rpartition(".")
    modules = [import_module(f"{package}.{path.stem}_pb2") for path in (ROOT / "protos" / package.replace(".", "/")).glob("*.proto")]
    return next(getattr(module, name) for module in modules if hasattr(module, name))


def kinds_of(row: Row) -> set[str]:
    """Returns the values of the header `kind` that the row documents."""
    if "a field of" not in row.kind:
        return set(named(row.kind))
    package, _, name = named(row.value)[0].rpartition(".")
    owner = next((word for word in named(row.kind) if word[0].isupper()), name)
    return {field.name for field in class_named(f"{package}.{owner}").DESCRIPTOR.oneofs_by_name["event"].fields}


async def records() -> list[Record]:
    """Returns at least one record of each row, made by the code of the services."""
    opened = opening("s1")
    posted = message("s1", 2)
    desk = TicketsDesk()
    ticket = await desk.create(MIA, text="It smokes.")
    await desk.note(AVA, ticket)
    sign_in = SignIn(
        id="s1", secret_hash="", desk_id="harbour", person_id="mia", method="trial", address="", created_at=START, expires_at=START
    )
    ending = Ending("c1", "ava", "Ava", "Lost", START, ("line",))
    return [
        chat_contract.record_of(opened, state([opened])),
        chat_contract.record_of(posted, state([opened, posted])),
        settings_record("harbour", 1),
        read_record(ReadPosition("s1", "mia", 1), state([opened]), story.MIA),
        *(record for commit in desk.log.kept for record in records_of(commit)),
        *(directory_contract.entry_record(Entry(content, 1, 1)) for content in CONTENTS),
        directory_contract.sign_in_ended_record(sign_in),
        *(audit_record(pb.AuditEntry(id="e1", desk_id="harbour", kind=kind)) for kind in pb.AuditKind.values() if kind),
        presence_contract.record_of(PresenceChanged("mia", "harbour", NOTHING_ANNOUNCED)),
        presence_contract.record_of(ConnectionsEnded("mia", "harbour", ending)),
        presence_contract.record_of(TicketViewersChanged("ava", "harbour", ("t7",))),
        presence_contract.settings_record("harbour", 1),
        *notify_contract.records_of([AlertEvent(Alert(card(), "ava", Reason.WAITING, START), raised=True)], START),
    ]


def test_the_page_names_every_topic_and_its_retention() -> None:  # spec 11.3
    kept = {named(row.topic)[0]: row.kept for row in rows()}
    assert kept == {topic.name: "compacted" if topic.compacted else f"{topic.retention_hours} h" for topic in TOPICS}


def test_the_page_names_every_message_of_a_topic_with_its_key() -> None:  # spec 11.3
    assert sorted((named(row.topic)[0], named(row.key)[0], named(row.value)[0]) for row in rows()) == sorted(messages_with_topics())


async def test_every_record_matches_the_page() -> None:  # spec 11.3
    matched = set[Row]()
    for record in await records():
        kind = record.headers["kind"]
        (row,) = [row for row in rows() if named(row.topic) == [record.topic] and kind in kinds_of(row)]
        matched.add(row)
        class_named(named(row.value)[0]).FromString(record.value)
        assert record.headers.keys() - {"kind"} == set(named(row.headers))
        if "<" in row.key:
            assert re.fullmatch(re.sub(r"<\w+>", ".+", named(row.key)[0]), record.key)
        else:
            assert ":" not in record.key
    assert matched == set(rows())
