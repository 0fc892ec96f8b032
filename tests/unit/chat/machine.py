"""A state machine test: random command sequences on real handlers and relays, with crashes, compared with the model.

Some replicas of chat share stores, broker and peers. A step advances the clock, starts commands and deadlines at the same moment on any
replica, may crash a replica during the step, and waits until every call has its result and every entry is published. Then the model
applies each new entry of the logs and must accept it and reach the same state; each refusal must be the model's at some moment of the
step; and no obligation may be left. A caller without a result sends the same command again, as pages do.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from servicekit.errors import Unavailable
from servicekit.metrics import Metrics
from services.chat.domain.deadlines import Limits
from services.chat.domain.desk_settings import ChatSettings, CustomerLeave, HoursMode, JoinPolicy
from services.chat.domain.hours import OfficeHours, WeeklySpan
from services.chat.domain.session import ChatSession
from services.chat.handlers.build import Handlers, build
from services.chat.outbound.log_to_kafka import LogToKafka
from tests.fakes.chat.desk import DESK, MOST, Desk
from tests.fakes.clock import TurnedClock
from tests.unit.chat import model
from tests.unit.chat.machine_book import Book
from tests.unit.chat.machine_commands import Asked, Reply, ask, file_of
from tests.unit.chat.machine_connection import Connection

# Open on Sundays only; no test run reaches a Sunday.
SHUT = OfficeHours("UTC", (WeeklySpan(7, 0, 1440),))


class Replica:
    def __init__(self, world: "World") -> None:
        self.connection, desk, stores = Connection(), world.desk, world.stores
        to, metrics = self.connection.to, Metrics("chat")
        log, unpublished, sessions, publisher = map(to, (stores.log(), stores.unpublished, stores.sessions, stores.publisher))
        self.relay = LogToKafka(
            log, unpublished, sessions, publisher, self._next_due, world.clock, metrics, self.connection, sweep_seconds=world.sweep_seconds
        )
        facts: Any = {"files": to(desk.files), "tickets": to(desk.tickets), "presence": to(desk.presence), "settings": to(desk.settings)}
        ports = replace(desk.ports(self.relay), log=log, claims=to(stores.claims), sessions=sessions, **facts)
        self.chats: Handlers = build(ports, clock=world.clock, faults=self.connection, limits=Limits(), metrics=metrics, file_bytes=MOST)

    async def _next_due(self, session: ChatSession) -> Any:
        return await self.chats.deadlines.next_due(session)


class World:
    """Two replicas at any time. `stores`: FakeStores, or the same on a real store."""

    sweep_seconds = 0.2

    def __init__(self, stores: Any, clock: TurnedClock) -> None:
        self.stores, self.clock, self.desk = stores, clock, Desk(clock)
        self.replicas: list[Replica] = []
        self.single = self.always = self.shut = self.refuse = False
        self.book = Book()
        self._number, self._dead = 0, list[Replica]()

    async def running(self, number: int) -> Replica:
        """Returns the replica with that number. Starts a new one when that replica has crashed."""
        number %= 2
        while len(self.replicas) < 2:
            self.replicas.append(await self._started())
        if self.replicas[number].connection.crashed.is_set():
            self._dead.append(self.replicas[number])
            self.replicas[number] = await self._started()
        return self.replicas[number]

    async def _started(self) -> Replica:
        replica = Replica(self)
        await replica.relay.start()
        return replica

    @property
    def facts(self) -> model.Facts:
        presence = {id: (fact.state, fact.since or self.clock.now()) for id, fact in self.desk.presence.facts.items()}
        return model.Facts(self.clock.now(), presence, self.single, self.always, self.shut, self.refuse)

    def is_now(self, who: str, state: str) -> None:
        """Sets a person's presence as the presence service reports it."""
        if self.desk.presence.facts[who].state != state:
            self.desk.presence.set(who, state, self.clock.now())

    async def set(self, word: str) -> None:
        """Toggles one of the desk's settings; every replica consumes the change."""
        setattr(self, word, not getattr(self, word))
        self.desk.settings.desks[DESK] = ChatSettings(
            join_policy=JoinPolicy.SINGLE_THEN_INVITE if self.single else JoinPolicy.OPEN,
            customer_leave=CustomerLeave.ALWAYS if self.always else CustomerLeave.WHEN_OFFERED,
            hours_mode=HoursMode.REFUSE if self.refuse else HoursMode.NOTICE,
            hours=SHUT if self.shut else None,
        )
        for number in (0, 1):
            await (await self.running(number)).chats.deadlines.reschedule(DESK)
        await self.step()

    async def step(self, asked: Sequence[Asked] = (), seconds: float = 0, firing: int = 0, fuse: int = 0) -> list[Reply]:
        """`firing`: how many replicas fire deadlines in this step. `fuse`: the call at which the first replica crashes, 0 for no crash."""
        self.clock.set_forward(seconds)
        (await self.running(0)).connection.fuse = fuse
        named = [self._named(one) for one in asked]
        commands = [self.reply_to(one) for one in named]
        timers = [self._until_done(number, lambda replica: self._fire_all(replica), False) for number in range(firing)]
        replies: list[Any] = await asyncio.gather(*commands, *timers)
        self.replicas[0].connection.fuse = 0
        for number in (1, 0):
            await self._all_published()
            await self._fire_all(await self.running(number))
        await self._all_published()
        await self._check(list(zip(named, replies, strict=False)))
        return replies[: len(named)]

    def _named(self, asked: Asked) -> Asked:
        if asked.id:
            return asked
        self._number += 1
        named = replace(asked, id=f"k{self._number}")
        self.book.issued[asked.who, named.id] = named
        if named.act == "post_file":
            # An upload is another command, of which the sender has the result when it posts. This one never becomes too old.
            self.desk.files.add(named.session_id, named.who, file_of(named.id), self.clock.now() + timedelta(days=1_000))
        return named

    async def reply_to(self, asked: Asked) -> Reply:
        return await self._until_done(asked.replica, lambda replica: ask(replica.chats, asked), True)  # type: ignore[no-any-return]

    async def _until_done(self, number: int, work: Callable[[Replica], Coroutine[Any, Any, Any]], retry: bool) -> Any:
        """Repeats the command on the next replica when a replica crashes or cannot tell whether the command was written."""
        for _ in range(5):
            replica = await self.running(number)
            task, crash = asyncio.create_task(work(replica)), asyncio.create_task(replica.connection.crashed.wait())
            await asyncio.wait({task, crash}, return_when=asyncio.FIRST_COMPLETED)
            crash.cancel()
            if not task.done():
                task.cancel()
                if not retry:
                    return None
            elif not isinstance(task.exception(), Unavailable):
                return task.result()
            number += 1
        raise AssertionError("no result after five tries")

    async def _fire_all(self, replica: Replica) -> None:
        for _ in range(50):
            due = await self.stores.sessions.due(self.clock.now(), 100)
            if not due:
                return
            for desk_id, session_id in due:
                await replica.chats.deadlines.fire(desk_id, session_id)
            await self._all_published()
        raise AssertionError("there is always another due deadline")

    async def _all_published(self) -> None:
        for number in (0, 1):
            await self.running(number)
        for _ in range(1000):
            landed = not any(replica.connection.on_its_way for replica in (*self.replicas, *self._dead))
            if landed and await self.stores.settled():
                return
            await asyncio.sleep(0.02)
        raise AssertionError("some entries are never published")

    async def _check(self, replies: Sequence[tuple[Asked, Reply]]) -> None:
        logs, facts = await self.stores.entries(DESK), self.facts
        lists = {id: await self.stores.projected(id) for id, log in logs.items() if len(log) > len(self.book.logs.get(id, ()))}
        moments = self.book.check(logs, lists, self.stores.topic.published, facts)
        for asked, answer in replies:
            self.book.explain(asked, answer, moments, facts)
