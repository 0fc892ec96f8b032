"""The cards that a page without a browser lists, updated as web/wire/lists.ts updates them."""

from collections.abc import Iterable
from typing import Any

from services.gateway.domain.cards import cards_digest

Json = dict[str, Any]


class Cards:
    """`held`: session id -> card. A list that was fetched does not overwrite updates that arrived during the fetch."""

    def __init__(self) -> None:
        self.held: dict[str, Json] = {}
        self._during_fetch: dict[str, Json | None] = {}

    def fetch_started(self) -> None:
        """A fetch of the list has started."""
        self._during_fetch.clear()

    def begin(self, cards: Iterable[Json]) -> None:
        self.held = {card["sessionId"]: card for card in cards}
        for session_id, card in self._during_fetch.items():
            if card is None:
                self.held.pop(session_id, None)
            else:
                self._put(card)

    def receive(self, card: Json) -> None:
        self._during_fetch[card["sessionId"]] = card
        self._put(card)

    def gone(self, session_id: str) -> None:
        self._during_fetch[session_id] = None
        self.held.pop(session_id, None)

    def bump(self, moved: Json) -> None:
        """Applies a revision that only messages changed."""
        card = self.held.get(moved["sessionId"])
        if card is not None and moved["since"] <= card["revision"] < moved["revision"]:
            self.receive({**card, "revision": moved["revision"], "modifiedAt": moved["modifiedAt"]})

    def written(self, entry: Json) -> None:
        """Applies an entry of messages alone, which is sent without the card."""
        if not entry.get("hidden") and all("messagePosted" in event for event in entry["events"]):
            self.bump({**entry, "since": entry["revision"] - 1, "modifiedAt": entry["at"]})

    def agree(self, digest: int) -> bool:
        return cards_digest((card["sessionId"], card["revision"]) for card in self.held.values()) == digest

    def _put(self, card: Json) -> None:
        held = self.held.get(card["sessionId"])
        if held is None or held["revision"] < card["revision"]:
            self.held[card["sessionId"]] = card
