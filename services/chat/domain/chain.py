"""The hash chain by which two sides can prove that they saw the same conversation.

An entry's hash is SHA-256 over the previous entry's hash and the entry's public part: its fields in a fixed order, each preceded by its
length, the time as integer milliseconds, and last the *commitment*: SHA-256 over the entry's salt and its private part (the sender's name
and the events). So private text can be erased later together with its salt: the entry then stores the commitment, and the chain still
holds.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime
from hashlib import sha256

from servicekit.moments import to_ms
from services.chat.domain.events import ADDED_LATER, NAMED_LATER, ChatEvent, Entry, MessagePosted

FIRST = ""
_text: Callable[[str], str] = json.encoder.encode_basestring_ascii


def seal(entry: Entry, previous_hash: str, salt: str) -> Entry:
    """The entry with its salt and hash. `previous_hash` is FIRST for revision 1; `salt` is 32 random hex digits."""
    sealed = object.__new__(Entry)
    # dataclasses.replace takes eight times as long, and each message needs this.
    sealed.__dict__.update(entry.__dict__, salt=salt, hash=hash_of(entry, previous_hash, commitment(entry, salt)))
    return sealed


def commitment(entry: Entry, salt: str) -> str:
    """Hex SHA-256 of salt and private part: JSON without spaces, everything beyond ASCII escaped."""
    events = ",".join([_event_text(event) for event in entry.events])
    return sha256(f"{salt}[{_text(entry.by.name)},{_text(entry.by.side)},[{events}]]".encode()).hexdigest()


def commitment_of(entry: Entry) -> str:
    """The stored commitment of an entry from which a person was erased, else the commitment to what the entry holds."""
    return entry.commitment or commitment(entry, entry.salt)


def hash_of(entry: Entry, previous_hash: str, commitment: str) -> str:
    """Hex SHA-256 of the previous hash and the public part."""
    public = (
        previous_hash,
        entry.desk_id,
        entry.session_id,
        str(entry.revision),
        entry.by.id,
        entry.command_id,
        entry.kind,
        str(to_ms(entry.at)),
        commitment,
    )
    return sha256("".join([f"{len(part)}:{part}" for part in public]).encode()).hexdigest()


def verify(entries: Iterable[Entry]) -> int:
    """How many entries, from the first, form an unbroken chain; all of them if none was changed, removed or swapped."""
    return follow(entries)[1]


def follow(entries: Iterable[Entry], previous: str = FIRST, revision: int = 0) -> tuple[str, int]:
    """Hash and revision of the last entry of the unbroken chain that continues after `revision`, whose hash is `previous`. These two if
    the first entry does not continue it."""
    for entry in entries:
        if entry.revision != revision + 1 or hash_of(entry, previous, commitment_of(entry)) != entry.hash:
            break
        previous, revision = entry.hash, entry.revision
    return previous, revision


def _event_text(event: ChatEvent) -> str:
    # Most events are messages; the general encoder would double the time per entry.
    if type(event) is MessagePosted and not event.files:
        return f'["MessagePosted",{_text(event.message_id)},{_text(event.text)}]'
    return json.dumps([type(event).__name__, *_plain_fields(event)], separators=(",", ":"))


def _plain_fields(thing: object) -> list[object]:
    plain = list[object]()
    for field in fields(thing):  # type: ignore[arg-type]
        value = getattr(thing, field.name)
        if field.metadata in (ADDED_LATER, NAMED_LATER) and value == field.default:
            continue
        plain.append([field.name, _plain(value)] if field.metadata == NAMED_LATER else _plain(value))
    return plain


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return [type(value).__name__, *_plain_fields(value)]
    return value
