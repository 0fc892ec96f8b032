"""What a desk decides about its chats: read by its engineers, written by its admins, audited in the same write (spec 10.5)."""

from collections.abc import Callable

from servicekit.clock import Clock
from services.chat.domain.access import engineer_of
from services.chat.domain.errors import BadArgument, NotAllowed
from services.chat.domain.hours import Holiday
from services.chat.domain.people import Viewer
from services.chat.domain.settings import ChatSettings
from services.chat.domain.settings_check import check_settings
from services.chat.ports import Holidays, SettingsStore


class DeskSettings:
    """`on_change` hears of every desk whose settings were changed here: what waits there waits anew. Raises ChatError or Unavailable."""

    def __init__(self, store: SettingsStore, holidays: Holidays, clock: Clock) -> None:
        self._store, self._holidays, self._clock = store, holidays, clock
        self.on_change: Callable[[str], None] = _nobody_hears

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
        new = await self._store.update(viewer.desk_id, settings, version, viewer.person, self._clock.now())
        self.on_change(viewer.desk_id)
        return new

    async def holidays(self, viewer: Viewer, country: str, year: int) -> list[Holiday]:
        """A country's, for filling the desk's own (spec 4.8): they hold once they are saved with the settings."""
        engineer_of(viewer)
        if not (len(country) == 2 and country.isascii() and country.isupper()):
            raise BadArgument("country is an ISO 3166 code of two capital letters, such as NZ.", field="country")
        if not 1900 <= year <= 2100:
            raise BadArgument("year must be between 1900 and 2100.", field="year")
        found = await self._holidays.of(country, year)
        if found is None:
            raise BadArgument(f"No holidays are known for {country} in {year}.", field="country", code="no_such_calendar")
        return found


def _nobody_hears(desk_id: str) -> None:
    return None
