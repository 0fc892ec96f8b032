"""What a desk decides about its chats: read by its engineers, written by its admins, audited in the same write (spec 10.5)."""

from servicekit.clock import Clock
from services.chat.domain.access import engineer_of
from services.chat.domain.errors import NotAllowed
from services.chat.domain.people import Viewer
from services.chat.domain.settings import ChatSettings
from services.chat.domain.settings_check import check_settings
from services.chat.ports import SettingsStore


class DeskSettings:
    """Raises ChatError or Unavailable."""

    def __init__(self, store: SettingsStore, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def get(self, viewer: Viewer) -> tuple[ChatSettings, int]:
        """And their version, 0 = never changed."""
        engineer_of(viewer)
        # The version first: should the settings change in between, the newer ones go with the older number, and an update says so.
        version = await self._store.version_of(viewer.desk_id)
        return await self._store.of(viewer.desk_id), version

    async def update(self, viewer: Viewer, settings: ChatSettings, version: int) -> int:
        """The new version; raises VersionConflict when `version` is not the present one."""
        if engineer_of(viewer).role != "admin":
            raise NotAllowed("Only admins may change settings.", code="admins_only")
        check_settings(settings)
        return await self._store.update(viewer.desk_id, settings, version, viewer.person, self._clock.now())
