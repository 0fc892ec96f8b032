"""A desk's chat settings: read by its engineers, written by its admins, audited in the same write (spec 10.5)."""

from collections.abc import Callable
from dataclasses import replace

from servicekit.clock import Clock
from services.chat.domain.access import covers_all_companies, covers_company, engineer_of, is_admin, must_be_admin
from services.chat.domain.desk_settings import ChatSettings, check_settings
from services.chat.domain.errors import BadArgument
from services.chat.domain.hours import Holiday
from services.chat.domain.people import Viewer
from services.chat.ports import Directory, SettingsStore
from services.chat.query_ports import Holidays


class DeskSettings:
    """`on_change` is called with each desk whose settings were changed here. Raises ChatError or Unavailable."""

    def __init__(self, store: SettingsStore, directory: Directory, holidays: Holidays, clock: Clock) -> None:
        self._store, self._directory, self._holidays, self._clock = store, directory, holidays, clock
        self.on_change: Callable[[str], None] = lambda desk_id: None

    async def get(self, viewer: Viewer) -> tuple[ChatSettings, int]:
        """The settings and their version, 0 = never changed. Leaves out companies and customers that the viewer may not see (spec 2.10)."""
        if is_admin(engineer_of(viewer)):
            self._holidays.prepare()  # an admin who reads the settings may ask for holidays next
        # The version first: if the settings change in between, the newer ones have the older number, and an update is refused.
        version = await self._store.version_of(viewer.desk_id)
        settings = await self._store.of(viewer.desk_id)
        companies, customers = await self._exceptions(viewer, settings)
        return replace(settings, companies=companies, customers=customers), version

    async def update(self, viewer: Viewer, settings: ChatSettings, version: int) -> int:
        """The new version; raises VersionConflict when `version` is not the present one."""
        must_be_admin(viewer, "change settings")
        check_settings(settings)
        new = await self._store.update(viewer.desk_id, settings, version, viewer.person, self._clock.now())
        self.on_change(viewer.desk_id)
        return new

    async def _exceptions(self, viewer: Viewer, settings: ChatSettings) -> tuple[dict[str, bool], dict[str, bool]]:
        """The settings of companies and customers that the viewer may see."""
        if covers_all_companies(viewer):
            return dict(settings.companies), dict(settings.customers)
        found = await self._directory.customers(viewer.desk_id, settings.customers)
        customers = {id for id, customer in found.items() if covers_company(viewer, customer.company_id)}
        return (
            {id: allowed for id, allowed in settings.companies.items() if covers_company(viewer, id)},
            {id: allowed for id, allowed in settings.customers.items() if id in customers},
        )

    async def holidays(self, viewer: Viewer, country: str, year: int) -> list[Holiday]:
        """A country's holidays, to fill in the desk's own (spec 4.8). They count once they are saved with the settings."""
        engineer_of(viewer)
        if not (len(country) == 2 and country.isascii() and country.isupper()):
            raise BadArgument("country is an ISO 3166 code of two capital letters, such as NZ.", field="country")
        if not 1900 <= year <= 2100:
            raise BadArgument("year must be between 1900 and 2100.", field="year")
        found = await self._holidays.of(country, year)
        if found is None:
            raise BadArgument(f"No holidays are known for {country} in {year}.", field="country", code="no_such_calendar")
        return found
