"""A person's preferences (spec 5.12)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from servicekit.clock import Clock
from servicekit.identity import Caller
from services.notify.domain.access import is_engineer, must_be_person
from services.notify.domain.preferences import Preferences, default_preferences
from services.notify.ports import Engineers, PreferencesStore, SubscribedPeople


class PreferencesHandlers:
    """Raises NotifyError or Unavailable. `engineer_changed` decides again about an engineer's alerts."""

    def __init__(
        self,
        store: PreferencesStore,
        engineers: Engineers,
        subscriptions: SubscribedPeople,
        engineer_changed: Callable[[str], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._store, self._engineers, self._subscriptions = store, engineers, subscriptions
        self._engineer_changed, self._clock = engineer_changed, clock

    async def get(self, caller: Caller) -> tuple[Preferences, int]:
        """The preferences, and how many browsers have Web Push."""
        must_be_person(caller, "have preferences")
        saved = await self._saved(caller)
        subscriptions = (await self._subscriptions.of_people([caller.id])).get(caller.id, ())
        return saved or default_preferences(engineer=is_engineer(caller)), len(subscriptions)

    async def update(self, caller: Caller, preferences: Preferences) -> Preferences:
        """Returns them as saved: without a language the saved one stays. A repeat after a crash in between completes it."""
        must_be_person(caller, "have preferences")
        preferences.check()
        await self._store.put(caller.desk_id, caller.id, preferences)
        if not preferences.language and (saved := await self._saved(caller)):
            preferences = replace(preferences, language=saved.language)
        if is_engineer(caller):
            await self._engineers.put_push(caller.id, preferences.push_when_away, self._clock.now())
            await self._engineer_changed(caller.id)
        return preferences

    async def _saved(self, caller: Caller) -> Preferences | None:
        return (await self._store.of_people([caller.id])).get(caller.id)
