"""The use cases of presence, for RPCs and timers: load, decide, save.

Any replica may run any of them at any time. This is correct because:
- a person's facts and announced presence are one document, saved only over the version that was read;
- leases are read after people, so a connection's lease is either among them or ended long ago;
- an expired lease is first ended, by a write that fails if the lease was renewed, and only then acted upon;
- deciding twice on the same facts changes nothing;
- a replica expires no lease while the store, or the replica itself, may have kept gateways from renewing;
- nobody becomes offline while a gateway may hold a connection of theirs that is not saved yet.
After a crash between two writes, the next report, read or sweep applies the facts that were saved.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from servicekit.clock import Clock
from servicekit.identity import Caller
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.presence.domain.access import is_limited, listed_access, must_be_admin, must_be_engineer, must_cover
from services.presence.domain.connections import ConnectionFact, ConnectionsEnded, ConnectionsReport, Ending, OpenPage
from services.presence.domain.errors import Busy, NoSuchPerson, WrongArgument
from services.presence.domain.person import (
    Event,
    Person,
    TicketViewersChanged,
    newly_ended,
    open_pages,
    settled,
    viewed_ticket,
    viewers_changed,
    with_ending,
    with_facts,
)
from services.presence.domain.presence import CHOOSABLE, Presence, Rules
from services.presence.handlers.leases import LeaseKeeper
from services.presence.ports import Change, EndSignIns, Leases, People, ReadAccess, SettingsStore

BATCH = 500
# Of one ticket.
MAX_VIEWERS = 20
MAX_RACES = 20
# A report that was decided before its lease ended may be saved up to a call's time-out later. People are checked until then.
WATCH_END = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """`want_full`: the gateway must send a full report. `end`: ids of connections that the gateway must close."""

    want_full: bool = False
    end: Sequence[str] = ()


class PresenceHandlers:
    """`wake_relay` is called when events were saved; it does not wait."""

    def __init__(
        self,
        people: People,
        leases: Leases,
        settings: SettingsStore,
        wake_relay: Callable[[], None],
        end_sign_ins: EndSignIns,
        read_access: ReadAccess,
        clock: Clock,
        rules: Rules,
        grace_period: timedelta,
        metrics: Metrics,
    ) -> None:
        self._end_sign_ins, self._read_access = end_sign_ins, read_access
        self._people, self._lease_store, self._settings, self._wake_relay = people, leases, settings, wake_relay
        self._clock, self._rules = clock, rules
        # The leases that had not ended at the last sweep.
        self._alive: list[str] = []
        # Called when people were saved, whose presence may then change by time.
        self.on_change: Callable[[], None] = lambda: None
        self.leases = LeaseKeeper(leases, clock, rules, grace_period, metrics)
        self._announced = metrics.counter("changes_total", "Changes of presence that were announced, by what it became", ["presence"])
        self._endings = metrics.counter("endings_total", "Times that an admin ended somebody's connections")
        self._views = metrics.counter("ticket_views_total", "Times that an engineer began or ceased to view a ticket")
        for presence in Presence:
            self._announced.labels(presence.value)

    async def report(self, report: ConnectionsReport) -> ReportAnswer:
        with self.leases.restarting_grace_period():
            now = self._clock.now()
            # The reporting gateway's lease is renewed before any lease is checked for expiry.
            lease, repeated = await self.leases.renew(report, now)
            if repeated:
                return ReportAnswer()
            if lease is None:
                return ReportAnswer(want_full=True)
            await self._apply_facts(report, lease.id)
            if report.last:
                await self.leases.end(lease, now)
            # For a gateway that missed ConnectionsEnded on the topic.
            return ReportAnswer(end=await self._people.ended_under(lease.id))

    async def choose(self, caller: Caller, presence: Presence) -> Person:
        """Spec 1.7, 1.8. The choice holds until the person chooses Online."""
        must_be_engineer(caller, "choose a presence")
        if presence not in CHOOSABLE:
            raise WrongArgument("Choose online, away or busy", field="presence")
        chosen = None if presence is Presence.ONLINE else presence
        newcomer = Person(caller.id, caller.desk_id, engineer=True)
        people = await self._change([caller.id], lambda person: replace(person, chosen=chosen, engineer=True), {caller.id: newcomer})
        return people[caller.id]

    async def get(self, desk_id: str, ids: Sequence[str], visible: Callable[[Person], bool] = lambda person: True) -> list[Person]:
        """In the order of `ids`. Unknown and invisible people, and those of another desk, are all offline with revision 0."""
        people = await self._change(ids, lambda person: person)
        offline = {id: Person(id, desk_id, engineer=False) for id in ids}
        return [p if (p := people.get(id)) and p.desk_id == desk_id and visible(p) else offline[id] for id in ids]

    async def pages(self, desk_id: str, ids: Sequence[str]) -> list[OpenPage]:
        """The open pages of these people of the desk (spec 5.4), from one query of people by id.

        A page is closed when its gateway reports that, or when the gateway's lease ends.
        """
        people = await self._people.load(ids)
        # Read after people, as everywhere.
        leases = await self.leases.all(self._clock.now())
        living = {lease.id for lease in leases.values() if lease.ended_at is None}
        return [page for person in people.values() if person.desk_id == desk_id for page in open_pages(person, living)]

    async def viewers(self, desk_id: str, ticket_id: str) -> list[str]:
        """Ids of the engineers who view the ticket (spec 9.2), at most MAX_VIEWERS. The index names them, and their facts decide."""
        people = await self._change(await self._people.viewing(desk_id, ticket_id, MAX_VIEWERS), lambda person: person)
        return sorted(person.id for person in people.values() if viewed_ticket(person) == ticket_id)

    async def everyone_present(self, desk_id: str) -> list[Person]:
        """People of the desk who are not offline."""
        people = await self._change(await self._people.present(desk_id), lambda person: person)
        return [person for person in people.values() if person.announced.presence is not Presence.OFFLINE]

    async def end_connections(self, caller: Caller, person_id: str, command_id: str, reason: str) -> Ending:
        """Spec 1.15. Returns what this call, or an earlier one with the same command id, ended.

        The audit entry is saved first, with the moment up to which sign-ins end. So a repeat ends the remaining sign-ins and none that
        began later. An admin with limited access ends those of people within it. Raises Unavailable while the directory does not answer.
        """
        must_be_admin(caller, "end connections")
        if is_limited(caller):
            own = listed_access(caller) or await self._read_access(caller.desk_id, caller.id)
            must_cover(own, await self._read_access(caller.desk_id, person_id))
        requested = Ending(command_id, caller.id, caller.name, reason, self._clock.now())
        person = (await self._people.load([person_id])).get(person_id) or await self._signed_in_only(requested, caller.desk_id, person_id)
        if person is None or person.desk_id != caller.desk_id:
            raise NoSuchPerson("There is no such person", field="person_id")
        after = (await self._change([person_id], lambda person: with_ending(person, requested), {person_id: person}))[person_id]
        ending = after.ending_by(caller.id, command_id) or requested
        await self._end_sign_ins(caller.desk_id, person_id, ending.at, caller.id)
        return ending

    async def _signed_in_only(self, requested: Ending, desk_id: str, person_id: str) -> Person | None:
        """A person who never had a connection may still be signed in."""
        engineer = await self._end_sign_ins(desk_id, person_id, requested.at, requested.by)
        return None if engineer is None else Person(person_id, desk_id, engineer)

    async def settle_desk(self, desk_id: str) -> None:
        """Decides again for the desk's people, after its settings changed."""
        await self._change(await self._people.present(desk_id), lambda person: person)

    async def settle_due(self) -> int:
        """Announces changes that are due by time alone. Returns the number of people checked."""
        with self.leases.restarting_grace_period():
            ids = await self._people.due(self._clock.now(), BATCH)
            await self._change(ids, lambda person: person)
            return len(ids)

    async def sweep_leases(self) -> int:
        """Ends expired leases and settles their people. Returns the number of people checked."""
        with self.leases.restarting_grace_period():
            now, checked = self._clock.now(), 0
            self._alive = [lease.id for lease in (await self.leases.all(now)).values() if lease.ended_at is None]
            for lease, noticed in await self._lease_store.unswept():
                ids = await self._people.under_lease(lease.id, BATCH)
                await self._change(ids, lambda person: person)
                checked += len(ids)
                if not ids and now >= noticed + WATCH_END:
                    await self._lease_store.swept(lease.id)
            return checked

    async def anyone_may_change(self, within: timedelta) -> bool:
        """Whether somebody was connected at the last sweep of leases, or is due within this time."""
        if await self._people.due(self._clock.now() + within, 1):
            return True
        return any([await self._people.under_lease(id, 1) for id in self._alive])

    async def _apply_facts(self, report: ConnectionsReport, under: str) -> None:
        by_person: dict[str, list[ConnectionFact]] = {}
        for fact in report.facts:
            by_person.setdefault(fact.person_id, []).append(fact)
        newcomers = {id: Person(id, own[0].desk_id, own[0].engineer) for id, own in by_person.items()}
        number, now = report.number, self._clock.now
        await self._change(list(by_person), lambda p: with_facts(p, by_person[p.id], under, number, now()), newcomers)

    async def _change(
        self, ids: Collection[str], change: Callable[[Person], Person], newcomers: Mapping[str, Person] | None = None
    ) -> dict[str, Person]:
        """Applies `change`, settles the people by the current facts, and saves those who differ. Raises Busy."""
        wanted, result = list(dict.fromkeys(ids)), {}
        for start in range(0, len(wanted), BATCH):
            result.update(await self._change_batch(wanted[start : start + BATCH], change, newcomers or {}))
        return result

    # After a lost race the batch is read and decided again. People who were saved at the first try are unchanged then.
    async def _change_batch(
        self, ids: Sequence[str], change: Callable[[Person], Person], newcomers: Mapping[str, Person]
    ) -> dict[str, Person]:
        for _ in range(MAX_RACES):
            people = {**{id: newcomers[id] for id in ids if id in newcomers}, **await self._people.load(ids)}
            now = self._clock.now()
            leases, rules = await self.leases.all(now), await self._rules_of(person.desk_id for person in people.values())
            decided = {id: settled(change(person), leases, now, rules[person.desk_id]) for id, person in people.items()}
            changes = [
                Change(person, [*events, *newly_ended(people[person.id], person), *viewers_changed(people[person.id], person)])
                for person, events in decided.values()
                if person != people[person.id]
            ]
            all_saved = not changes or await self._people.save(changes)
            if changes:
                self.on_change()
            if events := [event for change in changes for event in change.events]:
                self._wake_relay()
                self._count(events)
            if all_saved:
                return {id: person for id, (person, _) in decided.items()}
        raise Busy("Others change the same people too often")

    def _count(self, events: Sequence[Event]) -> None:
        """A batch in which one person lost a race is counted again with the next attempt."""
        for event in events:
            if isinstance(event, ConnectionsEnded):
                self._endings.inc()
                log.info("connections_ended", person=event.person_id, by=event.ending.by, connections=len(event.ending.connection_ids))
                continue
            if isinstance(event, TicketViewersChanged):
                self._views.inc()
                continue
            presence = event.announced.presence.value
            self._announced.labels(presence).inc()
            log.debug("presence_changed", person=event.person_id, presence=presence, revision=event.announced.revision)

    async def _rules_of(self, desks: Iterable[str]) -> dict[str, Rules]:
        return {desk_id: (await self._settings.of(desk_id)).applied_to(self._rules) for desk_id in set(desks)}
