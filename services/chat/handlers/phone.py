"""Parses phone numbers by Google's libphonenumber (spec 4.10)."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

from services.chat.domain.callbacks import MAX_TYPED, Phone


def read_phone(typed: str, own_number: str, zone: str) -> Phone | None:
    """None if the number is invalid. A number without a country gets the country of `own_number` (the customer's number, E.164 or
    empty), else the country of the time zone."""
    if len(typed) > MAX_TYPED:
        return None
    read = [number for country in ("", _country_of_number(own_number), _country_of_zone(zone)) for number in _parsed(typed, country)]
    found = next(filter(phonenumbers.is_valid_number, read), None) or next(filter(_may_be_one, read), None)
    if found is None:
        return None
    number = phonenumbers.format_number(found, PhoneNumberFormat.E164)
    return Phone(number, found.extension or "", phonenumbers.is_valid_number(found))


def _parsed(typed: str, country: str) -> Iterator[phonenumbers.PhoneNumber]:
    try:
        yield phonenumbers.parse(typed, country or None)
    except phonenumbers.NumberParseException:
        return


def _may_be_one(number: phonenumbers.PhoneNumber) -> bool:
    # Local-only numbers cannot be dialled from elsewhere.
    return bool(phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE)


def _country_of_number(own_number: str) -> str:
    return next((phonenumbers.region_code_for_number(number) or "" for number in _parsed(own_number, "")), "")


def _country_of_zone(zone: str) -> str:
    return _countries_of_zones().get(zone, "")


@cache
def _countries_of_zones() -> dict[str, str]:
    """From the table zone.tab of tzdata: country, coordinates, zone."""
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text().splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}
