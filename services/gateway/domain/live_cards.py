"""The cards of one desk that pages may list, as far as this replica has heard."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from services.gateway.domain.cards import CardFacts, Viewer, is_in, lists
from services.gateway.domain.digest import MODULUS, card_hash

# Sessions that nobody lists any more are remembered so long, so that an old page of a load can't bring them back.
REMEMBERED = 5000


class LiveCards:
    """Newest facts by session. A load and the events that arrive meanwhile may come in any order: the higher revision stands."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._live: dict[str, CardFacts] = {}
        self._hashes: dict[str, int] = {}
        # Not ordinary: who lists these depends on the person. Few.
        self._special: dict[str, CardFacts] = {}
        self._over: OrderedDict[str, int] = OrderedDict()
        self._remembered = remembered
        self._sums: dict[object, int] = {}

    def __len__(self) -> int:
        return len(self._live)

    def get(self, session_id: str) -> CardFacts | None:
        return self._live.get(session_id)

    def put(self, card: CardFacts) -> bool:
        """Takes the card when it is newer than what is known; says whether it was."""
        known = self._live.get(card.session_id)
        if card.revision <= (known.revision if known else self._over.get(card.session_id, 0)):
            return False
        self._sums.clear()
        self._forget(card.session_id)
        if card.completed and not card.participants:
            self._over[card.session_id] = card.revision
            while len(self._over) > self._remembered:
                self._over.popitem(last=False)
            return True
        self._over.pop(card.session_id, None)
        self._live[card.session_id] = card
        self._hashes[card.session_id] = card_hash(card.session_id, card.revision)
        if not card.ordinary:
            self._special[card.session_id] = card
        return True

    def keep_only(self, loaded: Iterable[CardFacts], since: set[str]) -> None:
        """After a whole load: takes what was loaded, and drops what it lacks unless it was heard of `since` the load began."""
        cards = list(loaded)
        present = {card.session_id for card in cards} | since
        for session_id in [id for id in self._live if id not in present]:
            self._forget(session_id)
        self._sums.clear()
        for card in cards:
            self.put(card)

    def mine(self, viewer: Viewer) -> Iterator[CardFacts]:
        """Those whose entries the viewer hears without asking."""
        return (card for card in self._live.values() if is_in(viewer, card))

    def digest(self, viewer: Viewer, access: object) -> int:
        """The digest of what the viewer lists. `access` stands for the viewer's restrictions: equal ones share the work."""
        if viewer.kind == "customer":
            return self._sum(viewer, self._live.values())
        if access not in self._sums:
            self._sums[access] = self._sum(viewer, (card for card in self._live.values() if card.ordinary))
        return (self._sums[access] + self._sum(viewer, self._special.values())) % MODULUS

    def _sum(self, viewer: Viewer, cards: Iterable[CardFacts]) -> int:
        return sum(self._hashes[card.session_id] for card in cards if lists(viewer, card)) % MODULUS

    def _forget(self, session_id: str) -> None:
        for table in (self._live, self._hashes, self._special):
            table.pop(session_id, None)
