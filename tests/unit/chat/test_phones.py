"""Parsing of phone numbers (spec 4.10)."""

import pytest

from services.chat.domain.callbacks import Phone
from services.chat.handlers.phone import read_phone


@pytest.mark.parametrize(
    ("typed", "own", "zone", "phone"),
    [
        ("+44 20 7946 0101", "", "UTC", Phone("+442079460101")),
        ("(020) 7946-0101", "+442079460199", "UTC", Phone("+442079460101")),
        ("020 7946 0101", "", "Europe/London", Phone("+442079460101")),
        ("00 44 20 7946 0101", "+4930123456", "UTC", Phone("+442079460101")),
        ("+64 3 477 1234", "+442079460199", "Europe/London", Phone("+6434771234")),
        ("03 477 1234", "", "Pacific/Auckland", Phone("+6434771234")),
        # The customer's own country comes before the desk's.
        ("03 477 1234", "+6434771000", "Europe/London", Phone("+6434771234")),
        ("+1 212 555 0123 ext. 45", "", "UTC", Phone("+12125550123", "45")),
        ("+1 212 555 0123 x45", "", "UTC", Phone("+12125550123", "45")),
        ("tel:+1-212-555-0123;ext=45", "", "UTC", Phone("+12125550123", "45")),
        ("+1 555 555 0123", "", "UTC", Phone("+15555550123", confirmed=False)),
        ("+44 20 7946", "", "UTC", None),
        ("555 0123", "+12125550199", "UTC", None),
        ("020 7946 0101", "", "UTC", None),
        ("", "+6434771000", "UTC", None),
        ("hello", "+6434771000", "UTC", None),
        ("+44 20 7946 0101" + " " * 100, "", "UTC", None),
    ],
)
def test_a_phone_number_is_parsed(typed: str, own: str, zone: str, phone: Phone | None) -> None:  # spec 4.10
    assert read_phone(typed, own, zone) == phone
