"""Begins the erasure of a person, and keeps how far each service has come (spec 10.6)."""

from dataclasses import replace
from datetime import timedelta

from servicekit.clock import Clock
from servicekit.erasing import ErasureTask, Step
from servicekit.logs import log
from servicekit.loop import back_off
from servicekit.text import ERASED_NAME
from services.tickets.domain.access.directory import must_erase
from services.tickets.domain.audit import erasure_entry
from services.tickets.domain.directory import Entry, Person, is_admin
from services.tickets.domain.erasure import SERVICES, Erasure, begun, reported, signed_out
from services.tickets.domain.errors import Busy, ErasureNotFound, InvalidValue, LastAdmin
from services.tickets.domain.people import Actor
from services.tickets.handlers.committing import MAX_RACES
from services.tickets.handlers.relying import LONGEST_BACK_OFF, another_admin, rely_on_another_admin
from services.tickets.ports import Directory, Erasures, RevisionTaken, SignIns

TASKS_AT_ONCE = 20
# Who ended the sign-ins of an erased person.
ERASURE = "erasure"
# Longer than sockets, tokens and commands in flight need to end after a sign-out (spec 10.10): until then the person may still write.
SETTLED = timedelta(seconds=30)


class ErasureHandlers:
    """`settled`: for how long after the sign-out no service gets the task."""

    def __init__(self, erasures: Erasures, directory: Directory, sign_ins: SignIns, clock: Clock, settled: timedelta = SETTLED) -> None:
        self._erasures, self._directory, self._sign_ins, self._clock, self._settled = erasures, directory, sign_ins, clock, settled

    async def begin(self, by: Actor, person_id: str) -> Erasure:
        """Records the erasure first, so that it continues after a crash. A repeat returns the first one. Raises NotAllowed, PersonNotFound
        or LastAdmin. When another admin loses the role at the same moment, LastAdmin may come after the record: then the erasure waits for
        another admin."""
        person = must_erase(by, await self._directory.get(Person, person_id))
        if is_admin(person):
            await another_admin(person, self._directory)
        erasure = await self._erasures.add(begun(person, by, self._clock.now()))
        erasure = await self.close_entry(erasure.person_id)
        log.info("erasure_begun", person=erasure.person_id, desk=erasure.desk_id, by=erasure.requested_by)
        return erasure

    async def get(self, by: Actor, person_id: str) -> Erasure:
        """Raises NotAllowed, PersonNotFound or ErasureNotFound."""
        must_erase(by, await self._directory.get(Person, person_id))
        return await self._of(person_id)

    async def tasks(self, service: str) -> list[ErasureTask]:
        """The service's tasks now, the oldest first; none before the person was signed out for a while. Raises InvalidValue or Busy."""
        if service not in SERVICES:
            raise InvalidValue("service", "There is no such service.")
        found = await self._erasures.waiting(service, TASKS_AT_ONCE)
        # A crash after the erasure was added leaves the person in the directory.
        found = [erasure if erasure.closed_at else await self._closed(erasure) for erasure in found]
        settled = [e for e in found if e.closed_at and e.closed_at + self._settled <= self._clock.now()]
        return [ErasureTask(e.person_id, e.desk_id, e.customer, e.texts, e.share(service).after) for e in settled]

    async def report(self, service: str, person_id: str, step: Step) -> None:
        """Raises InvalidValue, ErasureNotFound or Busy."""
        for _ in range(MAX_RACES):
            before = await self._of(person_id)
            after = reported(before, service, step.changed, step.after, self._clock.now())
            if after == before:
                return
            if await self._erasures.save(after):
                if after.done_at:
                    log.info("person_erased", person=person_id, desk=after.desk_id)
                return
        raise Busy

    async def close_entry(self, person_id: str) -> Erasure:
        """Takes name, e-mail, phone and time zone out of the directory for good, and signs the person out everywhere. A repeat changes
        nothing. Returns the erasure with its `closed_at`. Raises ErasureNotFound, LastAdmin or Busy."""
        erasure, now = await self._of(person_id), self._clock.now()
        for race in range(MAX_RACES):
            entry = await self._directory.entry(Person, person_id)
            if entry is None or not isinstance(entry.content, Person) or entry.content.erased:
                break
            content = replace(entry.content, name=ERASED_NAME, email="", phone="", time_zone="", trial=False, disabled=True, erased=True)
            closed = Entry(content, entry.revision + 1, entry.order)
            try:
                if is_admin(entry.content):
                    await rely_on_another_admin(entry.content, self._directory)
                await self._directory.save(closed, erasure_entry(content, closed.revision, erasure.requested_by, now))
            except RevisionTaken:
                await back_off(race, LONGEST_BACK_OFF)
                continue
            break
        else:
            raise Busy
        for sign_in in await self._sign_ins.of_person(person_id, now):
            await self._sign_ins.end(sign_in, now, ERASURE)
        while (erasure := await self._of(person_id)).closed_at is None:
            await self._erasures.save(signed_out(erasure, self._clock.now()))
        return erasure

    async def _closed(self, erasure: Erasure) -> Erasure:
        """As it was, while its person is the last admin of the desk: the erasures of others continue."""
        try:
            return await self.close_entry(erasure.person_id)
        except LastAdmin:
            return erasure

    async def _of(self, person_id: str) -> Erasure:
        erasure = await self._erasures.get(person_id)
        if erasure is None:
            raise ErasureNotFound
        return erasure


class OwnTasks:
    """servicekit.erasing.Tasks of tickets itself."""

    def __init__(self, service: str, erasures: ErasureHandlers) -> None:
        self._service, self._erasures = service, erasures

    async def waiting(self) -> list[ErasureTask]:
        return await self._erasures.tasks(self._service)

    async def report(self, person_id: str, step: Step) -> None:
        await self._erasures.report(self._service, person_id, step)
