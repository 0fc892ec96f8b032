"""What notify hears and is asked: load, decide, save.

Any replica may do any of it at any moment. What makes that right:
- a call and the alerts that follow from it are one document, saved only over the version that was read;
- whoever changes one side of a decision saves it first and then looks at the other side. Of "a chat opened" and "an engineer came
  online" at the same moment at least one sees both; `_settle` looks again after each save until nothing is left to decide;
- deciding twice on the same facts says nothing twice.
A crash in between leaves facts that the next look (the repeated record, the next reconciliation) acts upon.
"""

from collections.abc import Callable
from datetime import timedelta

from servicekit.clock import Clock
from servicekit.identity import Caller
from services.notify.domain.call import Alert, AlertEvent, Call, explanation, put_away, settled, standing, with_card, without_session
from services.notify.domain.card import Card, asks
from services.notify.domain.decision import Fact, PresenceFact
from services.notify.domain.errors import Busy, NoSuchEngineer, NoSuchSession, NotAllowed
from services.notify.ports import Announcements, Calls, Engineers, Known, Sessions

MAX_RACES = 20
# So long one may ask why an alert was or was not raised.
REMEMBERED = timedelta(days=30)
SEES_OTHERS = frozenset({"supervisor", "admin"})


class Alerting:
    def __init__(self, calls: Calls, engineers: Engineers, sessions: Sessions, announcements: Announcements, clock: Clock) -> None:
        self._calls, self._engineers, self._sessions = calls, engineers, sessions
        self._announcements, self._clock = announcements, clock

    async def hear_session(self, card: Card) -> None:
        """A session told of itself. One that never called anybody and does not now leaves no trace."""
        if asks(card) or await self._calls.load(card.session_id) is not None:
            await self._settle(card.session_id, lambda call: with_card(call, card) if call else Call(card))

    async def hear_end(self, session_id: str) -> None:
        """The owner of sessions does not know it."""
        await self._settle(session_id, lambda call: without_session(call) if call else None)

    async def hear_engineer(self, person_id: str) -> None:
        """What we know of an engineer changed; what calls their desk is decided anew for them."""
        if known := await self._engineers.one(person_id):
            for session_id in await self._calls.open(known[0].desk_id):
                await self._settle(session_id, lambda call: call, person_id)

    async def hear_presence(self, person_id: str, presence: PresenceFact) -> None:
        """People who are no engineers alert nobody and are alerted of nothing."""
        if await self._engineers.put_presence(person_id, presence):
            await self.hear_engineer(person_id)

    async def alerts(self, caller: Caller) -> list[Alert]:
        """The caller's own that stand now, newest first."""
        found = [standing(call, caller.id) for call in await self._calls.alerting(caller.id) if _may_see(caller, call.card)]
        return sorted((alert for alert in found if alert), key=lambda alert: (alert.raised_at, alert.id), reverse=True)

    async def dismiss(self, caller: Caller, session_id: str) -> None:
        """Spec 5.1: gone for this chat and engineer, for good."""
        _must_be_engineer(caller)
        for _ in range(MAX_RACES):
            call = await self._calls.load(session_id)
            if call is None:
                # Nothing was ever raised of it, so nothing is put away; whether it is there at all is for its owner to say.
                _visible(caller, await self._sessions.card(caller.desk_id, session_id))
                return
            _visible(caller, call.card)
            if await self._saved(call, *put_away(call, caller.id, self._clock.now())):
                return
        raise Busy(f"Others keep changing the call of {session_id}")

    async def explain(self, caller: Caller, session_id: str, person_id: str) -> tuple[bool, tuple[Fact, ...]]:
        """Spec 5.11: whether that engineer is or was alerted, and why. For the engineer, supervisors and admins."""
        _must_be_engineer(caller)
        if person_id != caller.id and caller.role not in SEES_OTHERS:
            raise NotAllowed("Only supervisors and admins may ask about others")
        call = await self._calls.load(session_id)
        card = _visible(caller, call.card if call else await self._sessions.card(caller.desk_id, session_id))
        known = await self._engineers.one(person_id)
        if known is None or known[0].desk_id != caller.desk_id:
            raise NoSuchEngineer("There is no such engineer", field="person_id")
        return explanation(call or Call(card), *known)

    async def person_of(self, desk_id: str, person_id: str) -> Caller | None:
        """An engineer for whom a service account acts, with no role: of others nothing is told. An empty `desk_id`: of any desk."""
        known = await self._engineers.one(person_id)
        if known is None or known[0].gone or desk_id not in ("", known[0].desk_id):
            return None
        engineer = known[0]
        return Caller("engineer", engineer.id, engineer.name, engineer.desk_id, companies=engineer.companies, boards=engineer.boards)

    async def forget_old_calls(self) -> None:
        await self._calls.forget(self._clock.now() - REMEMBERED)

    async def _settle(self, session_id: str, change: Callable[[Call | None], Call | None], only: str = "") -> None:
        """Until a look at all facts leaves nothing to save; `only`: the one engineer about whom there is news."""
        for _ in range(MAX_RACES):
            before = await self._calls.load(session_id)
            call = change(before)
            if call is None:
                return
            after, events = settled(call, await self._known(call.card.desk_id, only), self._clock.now())
            if after == before:
                return
            await self._saved(before, after, events)
        raise Busy(f"Others keep changing the call of {session_id}")

    async def _known(self, desk_id: str, only: str) -> list[Known]:
        if not only:
            return await self._engineers.of_desk(desk_id)
        known = await self._engineers.one(only)
        return [known] if known else []

    async def _saved(self, before: Call | None, after: Call, events: list[AlertEvent]) -> bool:
        if after == before:
            return True
        if not await self._calls.save(after, events):
            return False
        if events:
            self._announcements.saved(events)
        return True


def _must_be_engineer(caller: Caller) -> None:
    if caller.kind != "engineer":
        raise NotAllowed("Only engineers are alerted")


def _may_see(caller: Caller, card: Card) -> bool:
    """Now, as the caller's token says, whatever this service's copy of the directory said when it decided."""
    return card.desk_id == caller.desk_id and caller.may_see(card.company_id, card.board_id) and card.shown_to(caller.id)


def _visible(caller: Caller, card: Card | None) -> Card:
    """Raises NoSuchSession, alike for one that is not there and for one that the caller may not see."""
    if card is None or not _may_see(caller, card):
        raise NoSuchSession("There is no such session", field="session_id")
    return card
