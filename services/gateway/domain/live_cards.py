"""The cards of one desk that pages may list, as far as this replica has heard."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from services.gateway.domain.cards import CardFacts, Viewer, is_in, lists
from services.gateway.domain.digest import MODULUS, card_hash

# So many sessions that nobody lists any more are remembered, the longest unused goes first: so that an old page of a load can't bring them
# back, and so that it is known who may see those that pages still have open.
REMEMBERED = 5000
# Sums are kept for so many different restrictions.
MOST_SUMS = 200


@dataclass(frozen=True, slots=True)
class CardBump:
    """One more message: `revision` is its entry's, `at_ms` its moment. The card is as it was before, but for these two."""

    desk_id: str
    session_id: str
    revision: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class BumpedCard:
    """A card that nothing but messages changed since revision `since`. `tick` grows with each growth of the table."""

    since: int
    last: CardBump
    tick: int


class LiveCards:
    """Newest facts by session. A load and the events that arrive meanwhile may come in any order: the higher revision stands."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._live: dict[str, CardFacts] = {}
        self._hashes: dict[str, int] = {}
        # By customer, creator and participant, so that one person's cards are found without a look at all.
        self._by_person: dict[str, set[str]] = {}
        # Not ordinary: who lists these depends on the person. Few.
        self._special: dict[str, CardFacts] = {}
        self._over: OrderedDict[str, CardFacts] = OrderedDict()
        self._remembered = remembered
        # Of ordinary cards, by access; with somebody who has it.
        self._sums: dict[object, tuple[Viewer, int]] = {}
        # Last grown last.
        self._bumped: dict[str, BumpedCard] = {}
        self.tick = 0

    def __len__(self) -> int:
        return len(self._live)

    def get(self, session_id: str) -> CardFacts | None:
        return self._live.get(session_id)

    def find(self, session_id: str) -> CardFacts | None:
        """Also of a session that is over, if it is remembered."""
        if session_id in self._over:
            self._over.move_to_end(session_id)
        return self._live.get(session_id) or self._over.get(session_id)

    def put(self, card: CardFacts) -> bool:
        """Takes the card when it is newer than what is held; says whether it was."""
        current = self.find(card.session_id)
        if current and card.revision <= current.revision:
            return False
        self._remove(card.session_id)
        if card.completed and not card.participants:
            self._over[card.session_id] = card
            while len(self._over) > self._remembered:
                self._over.popitem(last=False)
            return True
        self._over.pop(card.session_id, None)
        self._add(card)
        return True

    def bump(self, bump: CardBump) -> bool:
        """Takes a message's revision; False when the card right before it is not current, and then it must be put."""
        current = self._live.get(bump.session_id)
        if current is None or bump.revision != current.revision + 1:
            return False
        before = self._bumped.get(bump.session_id)
        self._remove(bump.session_id)
        self._add(replace(current, revision=bump.revision))
        self.tick += 1
        self._bumped[bump.session_id] = BumpedCard(before.since if before else current.revision, bump, self.tick)
        return True

    def bumped_for(self, viewer: Viewer, after: int) -> Iterator[BumpedCard]:
        """Cards on the viewer's list that grew after that tick."""
        for bumped in reversed(self._bumped.values()):
            if bumped.tick <= after:
                return
            if lists(viewer, self._live[bumped.last.session_id]):
                yield bumped

    def keep_only(self, loaded: Iterable[CardFacts], since: set[str]) -> None:
        """After a whole load: takes what was loaded, and drops what it lacks unless it was heard of `since` the load began."""
        cards = list(loaded)
        present = {card.session_id for card in cards} | since
        for session_id in [id for id in self._live if id not in present]:
            self._remove(session_id)
        for card in cards:
            self.put(card)

    def mine(self, viewer: Viewer) -> Iterator[CardFacts]:
        """Those whose entries the viewer hears without asking."""
        return (card for card in self._cards_with(viewer.id) if is_in(viewer, card))

    def digest(self, viewer: Viewer, access: object) -> int:
        """The digest of what the viewer lists. `access` stands for the viewer's restrictions: equal ones share the work."""
        if viewer.kind == "customer":
            return self._sum(viewer, self._cards_with(viewer.id))
        if access not in self._sums:
            if len(self._sums) == MOST_SUMS:
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
        if not card.ordinary:
            self._special[card.session_id] = card
        self._count(card, 1)

    def _remove(self, session_id: str) -> None:
        if card := self._live.get(session_id):
            self._count(card, -1)
            for person_id in _people(card):
                self._by_person[person_id].discard(session_id)
                if not self._by_person[person_id]:
                    del self._by_person[person_id]
        for table in (self._live, self._hashes, self._special, self._bumped):
            table.pop(session_id, None)

    # A sum over thousands of cards is not made anew for each message.
    def _count(self, card: CardFacts, sign: int) -> None:
        if card.ordinary:
            for access, (viewer, total) in self._sums.items():
                if lists(viewer, card):
                    self._sums[access] = (viewer, (total + sign * self._hashes[card.session_id]) % MODULUS)


def _people(card: CardFacts) -> set[str]:
    return {card.customer_id, card.creator_id, *card.participants}
