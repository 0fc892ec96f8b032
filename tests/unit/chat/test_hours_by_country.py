"""The holidays of a country (spec 4.8), with the library's own calendars."""

from datetime import date

import pytest

from parley.chat.v1 import chat_pb2 as pb
from servicekit.protos import fields_of
from services.chat.contract.settings import settings_from, settings_to_proto
from services.chat.domain.desk_settings import ChatSettings
from services.chat.domain.errors import BadArgument, NotAllowed
from services.chat.domain.hours import Holiday
from tests.fakes.chat.desk import AVA, MIA, SAM, Desk


async def test_the_holidays_of_a_country_are_listed_by_date_with_their_names(desk: Desk) -> None:  # spec 4.8
    found = await desk.chats.desk_settings.holidays(SAM, "NZ", 2026)
    assert found == sorted(found, key=lambda holiday: holiday.day)
    assert {holiday.day.year for holiday in found} == {2026}
    assert Holiday(date(2026, 2, 6), "Waitangi Day") in found
    assert Holiday(date(2026, 4, 27), "Anzac Day (observed)") in found  # the 25th is a Saturday


async def test_a_half_day_has_the_time_at_which_it_starts(desk: Desk) -> None:  # spec 4.8
    found = await desk.chats.desk_settings.holidays(AVA, "IS", 2026)
    assert Holiday(date(2026, 12, 24), "Christmas Eve", from_minute=13 * 60) in found


async def test_listed_holidays_can_be_saved_unchanged(desk: Desk) -> None:  # spec 4.8
    found = pb.OfficeHours(holidays=fields_of(await desk.chats.desk_settings.holidays(AVA, "DE", 2026))).holidays
    settings = settings_to_proto(ChatSettings())
    settings.hours.MergeFrom(pb.OfficeHours(zone="Europe/Berlin", spans=[pb.WeeklySpan(day=1, from_minute=540)], holidays=found))
    await desk.chats.desk_settings.update(AVA, settings_from(settings), 0)
    saved, _ = await desk.chats.desk_settings.get(AVA)
    assert saved.hours is not None and len(saved.hours.holidays) == len(found) > 5


@pytest.mark.parametrize(
    ("country", "year", "field"),
    [
        ("", 2026, "country"),
        ("nz", 2026, "country"),
        ("NZL", 2026, "country"),
        ("QQ", 2026, "country"),
        ("NZ", 0, "year"),
        ("NZ", 2101, "year"),
    ],
)
async def test_an_unknown_country_or_year_is_refused_by_its_field(
    desk: Desk, country: str, year: int, field: str
) -> None:  # spec 4.8, 11.1
    with pytest.raises(BadArgument) as refused:
        await desk.chats.desk_settings.holidays(AVA, country, year)
    assert refused.value.field == field


async def test_customers_cannot_list_holidays(desk: Desk) -> None:  # spec 10.2
    with pytest.raises(NotAllowed):
        await desk.chats.desk_settings.holidays(MIA, "NZ", 2026)
