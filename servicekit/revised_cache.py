"""A bounded cache of what another service owns, kept current by the records that it publishes."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Revised = tuple[int, V]
# Returns those of these keys that exist, each with its revision. May raise.
Fetch = Callable[[Sequence[K]], Awaitable[Mapping[K, Revised[V]]]]


class RevisedCache(Generic[K, V]):
    """Holds the `most` keys that were used last. Fetches only keys that it does not hold, at most `at_once` in one call. Keys that do not
    exist are not held."""

    def __init__(self, fetch: Fetch[K, V], *, most: int, at_once: int) -> None:
        self._fetch, self._most, self._at_once = fetch, most, at_once
        self._held: OrderedDict[K, Revised[V]] = OrderedDict()
        # What changed during a call, whose answer may not include the change.
        self._meanwhile: list[dict[K, Revised[V]]] = []
        self._cleared = 0

    def __len__(self) -> int:
        return len(self._held)

    async def of(self, keys: Iterable[K]) -> dict[K, V]:
        """The values of those of these keys that exist. Raises what `fetch` raises."""
        wanted = list(dict.fromkeys(keys))
        found = {key: self._held[key] for key in wanted if key in self._held}
        missing, cleared = [key for key in wanted if key not in found], self._cleared
        if missing:
            with self._changes() as changed:
                for first in range(0, len(missing), self._at_once):
                    found.update(await self._fetch(missing[first : first + self._at_once]))
            found.update({key: change for key, change in changed.items() if key in found and change[0] > found[key][0]})
        if cleared == self._cleared:
            for key, value in found.items():
                self._hold(key, value)
        return {key: value for key, (_, value) in found.items()}

    def changed(self, key: K, revision: int, value: V) -> None:
        """A record has this revision. An older one than the held one changes nothing, nor does one of a key that nobody uses."""
        for changed in self._meanwhile:
            if key not in changed or changed[key][0] < revision:
                changed[key] = (revision, value)
        if key in self._held and self._held[key][0] < revision:
            self._held[key] = (revision, value)

    def clear(self) -> None:
        """Records may have been missed."""
        self._held.clear()
        self._cleared += 1

    def _hold(self, key: K, value: Revised[V]) -> None:
        self._held[key] = value
        self._held.move_to_end(key)
        if len(self._held) > self._most:
            self._held.popitem(last=False)

    @contextmanager
    def _changes(self) -> Iterator[dict[K, Revised[V]]]:
        changed: dict[K, Revised[V]] = {}
        self._meanwhile.append(changed)
        try:
            yield changed
        finally:
            # By identity: two may be equal.
            self._meanwhile = [one for one in self._meanwhile if one is not changed]
