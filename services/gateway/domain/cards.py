"""The cards of one desk that pages may list, and the digest by which a page verifies that it holds them all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from services.gateway.domain.access import CardFacts, Viewer, is_customer, is_in, lists
from services.gateway.domain.bounded_dict import BoundedDict

# Completed and older sessions that no page lists; the least recently used is dropped first. They keep a late answer of a load from
# bringing a session back, and decide who may see a session that pages still have open.
MAX_ENDED = 5000
# Restrictions for which a digest of the ordinary cards is kept.
MAX_SUMS = 200
# The digest is the same in Python and in the browser (web/wire).
MODULUS = 2**32
FNV_OFFSET = 2166136261
FNV_PRIME = 16777619


def fnv1a_32(text: str, before: int = FNV_OFFSET) -> int:
    """FNV-1a of the UTF-8 bytes, 32 bits. `before` is the hash of what precedes the text."""
    value = before
    for byte in text.encode():
        value = ((value ^ byte) * FNV_PRIME) % MODULUS
    return value


# Each message of a session needs it.
_hash_of_id = lru_cache(maxsize=10_000)(fnv1a_32)


def card_hash(session_id: str, revision: int) -> int:
    return fnv1a_32(f":{revision}", _hash_of_id(session_id))


def cards_digest(cards: Iterable[tuple[str, int]]) -> int:
    """Of (session id, card revision) pairs, in any order."""
    return sum(card_hash(session_id, revision) for session_id, revision in cards) % MODULUS


# Not frozen, as BumpedCard: each message makes one of each, and a frozen one costs three times as much.
@dataclass(slots=True)
class CardBump:
    """One more message: its entry's revision and its time in milliseconds. Nothing else of the card changes."""

    desk_id: str
    session_id: str
    revision: int
    at_ms: int


@dataclass(slots=True)
class BumpedCard:
    """A card that only messages changed since revision `since`. `tick` is the table's tick of the last bump."""

    since: int
    last: CardBump
    tick: int


class LiveCards:
    """The newest facts by session. A load and the events during it may arrive in any order: the higher revision wins."""

    def __init__(self, max_ended: int = MAX_ENDED) -> None:
        self._live: dict[str, CardFacts] = {}
        self._hashes: dict[str, int] = {}
        # By customer, creator and participant.
        self._by_person: dict[str, set[str]] = {}
        # The few cards that are not ordinary: who lists them depends on the person.
        self._special: dict[str, CardFacts] = {}
        self._ended: BoundedDict[str, CardFacts] = BoundedDict(max_ended)
        # Digests of the ordinary cards by access, each with a viewer who has that access.
        self._sums: dict[object, tuple[Viewer, int]] = {}
        # In the order of their last bump.
        self._bumped: dict[str, BumpedCard] = {}
        self.tick = 0

    def __len__(self) -> int:
        return len(self._live)

    def get(self, session_id: str) -> CardFacts | None:
        return self._live.get(session_id)

    def find(self, session_id: str) -> CardFacts | None:
        """Also finds a completed or older session, if it is still held."""
        if session_id in self._ended:
            self._ended.move_to_end(session_id)
        return self._live.get(session_id) or self._ended.get(session_id)

    def put(self, card: CardFacts) -> bool:
        """Stores the card if it is newer than the one held; returns whether it was."""
        current = self.find(card.session_id)
        if current and card.revision <= current.revision:
            return False
        self._remove(card.session_id)
        if card.older or (card.completed and not card.participants):
            self._ended[card.session_id] = card
            return True
        self._ended.pop(card.session_id, None)
        self._add(card)
        return True

    def bump(self, bump: CardBump) -> CardFacts | None:
        """Applies a message's revision and returns the card. None when the card of the revision before it is not held; the card must then
        be put."""
        id = bump.session_id
        current = self._live.get(id)
        if current is None or bump.revision != current.revision + 1:
            return None
        card = self._live[id] = current.at(bump.revision)
        hash_before, self._hashes[id] = self._hashes[id], card_hash(id, bump.revision)
        if card.ordinary:
            self._count(card, self._hashes[id] - hash_before)
        else:
            self._special[id] = card
        self.tick += 1
        before = self._bumped.pop(id, None)
        self._bumped[id] = BumpedCard(before.since if before else current.revision, bump, self.tick)
        return card

    def bumped_for(self, viewer: Viewer, after: int) -> Iterator[BumpedCard]:
        """Cards on the viewer's list that were bumped after that tick."""
        for bumped in reversed(self._bumped.values()):
            if bumped.tick <= after:
                return
            if lists(viewer, self._live[bumped.last.session_id]):
                yield bumped

    def tick_at(self, ms: int) -> int:
        """The tick after which every bump of a later time came."""
        for bumped in reversed(self._bumped.values()):
            if bumped.last.at_ms <= ms:
                return bumped.tick
        return 0

    def keep_only(self, loaded: Iterable[CardFacts], since: set[str]) -> None:
        """After a full load: stores the loaded cards, and drops all others except those with events `since` the load began."""
        cards = list(loaded)
        present = {card.session_id for card in cards} | since
        for session_id in [id for id in self._live if id not in present]:
            self._remove(session_id)
        for card in cards:
            self.put(card)

    def mine(self, viewer: Viewer) -> Iterator[CardFacts]:
        """Those whose entries the viewer receives without following them."""
        return (card for card in self._cards_with(viewer.id) if is_in(viewer, card))

    def digest(self, viewer: Viewer, access: object) -> int:
        """The digest of what the viewer lists. `access` is the viewer's restrictions; viewers with equal ones share the sum."""
        if is_customer(viewer):
            return self._sum(viewer, self._cards_with(viewer.id))
        if access not in self._sums:
            if len(self._sums) == MAX_SUMS:
                self._sums.clear()
            self._sums[access] = (viewer, self._sum(viewer, (card for card in self._live.values() if card.ordinary)))
        return (self._sums[access][1] + self._sum(viewer, self._special.values())) % MODULUS

    def _sum(self, viewer: Viewer, cards: Iterable[CardFacts]) -> int:
        return sum(self._hashes[card.session_id] for card in cards if lists(viewer, card)) % MODULUS

    def _cards_with(self, person_id: str) -> list[CardFacts]:
        return [self._live[session_id] for session_id in self._by_person.get(person_id, ())]

    def _add(self, card: CardFacts) -> None:
        self._live[card.session_id] = card
        for person_id in _people(card):
            self._by_person.setdefault(person_id, set()).add(card.session_id)
        self._hashes[card.session_id] = card_hash(card.session_id, card.revision)
        if card.ordinary:
            self._count(card, self._hashes[card.session_id])
        else:
            self._special[card.session_id] = card

    def _remove(self, session_id: str) -> None:
        if card := self._live.get(session_id):
            if card.ordinary:
                self._count(card, -self._hashes[session_id])
            for person_id in _people(card):
                self._by_person[person_id].discard(session_id)
                if not self._by_person[person_id]:
                    del self._by_person[person_id]
        for table in (self._live, self._hashes, self._special, self._bumped):
            table.pop(session_id, None)

    # Keeps the sums up to date, so that a message does not cost a sum over thousands of cards.
    def _count(self, card: CardFacts, change: int) -> None:
        """Adds `change` to the sums that have this ordinary card."""
        for access, (viewer, total) in self._sums.items():
            if lists(viewer, card):
                self._sums[access] = (viewer, (total + change) % MODULUS)


def _people(card: CardFacts) -> set[str]:
    return {card.customer_id, card.creator_id, *card.participants}
