"""A desk's presence settings. Engineers read them, admins write them, and the same write keeps the audit entry (spec 10.5)."""

from servicekit.clock import Clock
from servicekit.identity import Caller
from services.presence.domain.access import must_be_admin_of_desk, must_be_engineer
from services.presence.domain.desk_settings import DeskSettings
from services.presence.ports import SettingsStore


class DeskSettingsHandlers:
    """Raises PresenceError or Unavailable."""

    def __init__(self, store: SettingsStore, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def get(self, caller: Caller) -> tuple[DeskSettings, int]:
        """The settings and their version; 0 = never changed."""
        must_be_engineer(caller, "read the settings of their desk")
        # The version is read first: if the settings change in between, newer settings carry an older version, and an update is refused.
        version = await self._store.version_of(caller.desk_id)
        return await self._store.of(caller.desk_id), version

    async def update(self, caller: Caller, settings: DeskSettings, version: int) -> int:
        """Returns the new version. Raises VersionConflict when `version` is not the current one."""
        must_be_admin_of_desk(caller, "change settings")
        settings.check()
        return await self._store.update(caller.desk_id, settings, version, caller, self._clock.now())
