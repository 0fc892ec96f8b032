"""A country's public holidays from the library `holidays` (spec 4.8): calendars of 250 countries."""

import asyncio
import re
from datetime import date
from functools import lru_cache

from services.chat.domain.hours import Holiday

# Only half days whose name says when they begin: "Christmas Eve (from 1pm)".
HALF_DAY = re.compile(r"\s*\(from (?P<hour>\d{1,2})(?P<half>[ap])m\)$")


class PublicHolidays:
    """The port Holidays. The library takes seconds to import, so a thread does it when it is first needed, and once."""

    def __init__(self) -> None:
        self._loading: asyncio.Task[None] | None = None

    def prepare(self) -> None:
        """Begins to load the library; returns at once."""
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(_load))

    async def of(self, country: str, year: int) -> list[Holiday] | None:
        return await asyncio.to_thread(_of, country, year)


def _load() -> None:
    import holidays

    # Computing some country's days loads what all countries share, such as the calendars of Easter and of the moon.
    holidays.country_holidays("GB", years=2000)


@lru_cache(maxsize=200)
def _of(country: str, year: int) -> list[Holiday] | None:
    import holidays
    from holidays.registry import EntityLoader

    # holidays.list_supported_countries answers the same and loads the calendars of all countries for it.
    if country not in EntityLoader.get_country_codes(include_aliases=False):
        return None
    calendar = holidays.country_holidays(country)
    if not calendar.start_year <= year <= calendar.end_year:
        return None
    found: dict[date, Holiday] = {}
    if "half_day" in calendar.supported_categories:
        halves = holidays.country_holidays(country, years=year, categories=("half_day",), language="en_US")
        found = {day: half for day, name in halves.items() if (half := _half(day, name))}
    whole = holidays.country_holidays(country, years=year, language="en_US")
    found |= {day: Holiday(day, name) for day, name in whole.items() if day.year == year}
    return [found[day] for day in sorted(found)]


def _half(day: date, name: str) -> Holiday | None:
    match = HALF_DAY.search(name)
    if match is None:
        return None
    hour = int(match["hour"]) % 12 + (12 if match["half"] == "p" else 0)
    return Holiday(day, HALF_DAY.sub("", name), from_minute=hour * 60)
