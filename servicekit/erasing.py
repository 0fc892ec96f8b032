"""A service's part in erasing a person (spec 10.6).

Their owner keeps each erasure until every service has reported that it finished its part. Each service asks for its tasks, works on
one step after the other and reports each. A crash repeats the step that was not reported, so a step may be repeated. A service that stores
what it consumes first waits until its group has finished what was published before its turn: an older record would bring the person back.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Protocol

from servicekit.errors import as_typed
from servicekit.logs import log
from servicekit.loop import Loop, all_of
from servicekit.metrics import Metrics
from servicekit.text import ERASED_NAME, without_parts, words_of

# Words before and after a name that alone mean many people: in lower case, without dots.
TITLES = frozenset(
    {"dr", "dra", "frau", "fru", "herr", "hr", "miss", "mr", "mrs", "ms", "mx", "prof", "sir", "dame", "jr", "sr", "phd", "md", "esq"}
)
NUMBERS = frozenset({"II", "III", "IV"})
ASK_EVERY_SECONDS = 5.0
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class ErasureTask:
    """Whom to erase, and where to continue. `texts`: name, e-mail and phone."""

    person_id: str
    desk_id: str
    customer: bool
    texts: tuple[str, ...]
    after: str = ""

    def redact(self, text: str, took_part: bool = False) -> str:
        """The text without the person's name, e-mail and phone. In a conversation in which they took part also without their first or last
        name alone; elsewhere a name of one word, such as Will or May, is taken out only where it is the whole text."""
        if text in self.texts:
            return ERASED_NAME
        if took_part:
            return without_parts(text, (*self.texts, *chain(*map(_first_and_last, self.texts))))
        return without_parts(text, filter(_names_only_them, self.texts))

    def by_full_names(self) -> "ErasureTask":
        """The task with those texts alone that hardly mean anything else than the person: a name of several words, e-mail and phone."""
        return replace(self, texts=tuple(filter(_names_only_them, self.texts)))

    def may_name(self, text: str) -> bool:
        """Whether the text has the person's name, e-mail or phone in it, also a name of one word."""
        return without_parts(text, self.texts) != text

    def is_in(self, value: Any) -> bool:
        """Whether a document or another value has the person's id, name, e-mail or phone in it; also in JSON within it."""
        return any(self._is_id(text) or self.redact(text) != text for text in _texts(value))

    def has_id(self, value: Any) -> bool:
        """The same, only of the id."""
        return any(map(self._is_id, _texts(value)))

    def _is_id(self, text: str) -> bool:
        return text == self.person_id or f'"{self.person_id}"' in text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _texts(pair)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _first_and_last(text: str) -> tuple[str, ...]:
    """The first and the last word of a name, without titles; nothing of an e-mail, a phone or a single letter."""
    if "@" in text or any(map(str.isdigit, text)):
        return ()
    words = [word.strip(".,") for word in text.split()]
    words = [word for word in words if word not in NUMBERS and word.replace(".", "").casefold() not in TITLES]
    return tuple(word for word in (*words[:1], *words[-1:]) if len(word) > 1)


def _names_only_them(text: str) -> bool:
    """Whether a name, e-mail or phone hardly means anything else than the person."""
    return len(words_of(text)) > 1 or any(map(str.isdigit, text))


@dataclass(frozen=True, slots=True)
class Step:
    """How many documents a step changed or deleted, and where the next one continues; "" after the last step."""

    changed: int
    after: str


class Tasks(Protocol):
    """Both raise Unavailable."""

    async def waiting(self) -> list[ErasureTask]:
        """The service's tasks now, the oldest first."""

    async def report(self, person_id: str, step: Step) -> None:
        """Saves how far the service has come."""


class Erasing(Loop):
    """`erase` does the next step of a task, the first one after `until_consumed` (GroupPositions.until_finished). Replicas may work on the
    same task. Both raise Unavailable after a limited wait: others are erased in the meantime, and a later round repeats the step."""

    def __init__(
        self,
        tasks: Tasks,
        erase: Callable[[ErasureTask], Awaitable[Step]],
        metrics: Metrics,
        until_consumed: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__("erasing", self._rounds, metrics)
        self._tasks, self._erase, self._until_consumed = tasks, erase, until_consumed
        self._changed = metrics.counter("erased_documents_total", "Documents that were changed or deleted to erase a person")
        self._failed = metrics.counter("erasure_steps_failed_total", "Steps of erasures that failed and are repeated")

    async def once(self) -> None:
        """Finishes the tasks that wait now. Raises the first error, after it has tried all of them."""
        await all_of([self._finish(task) for task in await self._tasks.waiting()], AT_ONCE)

    async def _rounds(self) -> None:
        while True:
            await self.once()
            await asyncio.sleep(ASK_EVERY_SECONDS * random.uniform(0.8, 1.2))

    async def _finish(self, task: ErasureTask) -> None:
        try:
            await self._all_steps(task)
        except Exception as error:
            self._failed.inc()
            typed = as_typed(error)
            reason, message = (typed.code, typed.message) if typed else (type(error).__name__, "")
            log.warning("erasure_step_failed", person=task.person_id, desk=task.desk_id, reason=reason, message=message)
            raise

    async def _all_steps(self, task: ErasureTask) -> None:
        if self._until_consumed and not task.after:
            await self._until_consumed()
        while True:
            step = await self._erase(task)
            self._changed.inc(step.changed)
            await self._tasks.report(task.person_id, step)
            if not step.after:
                return
            task = replace(task, after=step.after)
