"""The titles of sessions (spec 2.6)."""

import pytest

from services.chat.domain import opening


@pytest.mark.parametrize(
    ("text", "ticket", "title"),
    [
        ("Printer is on fire", 0, "Printer is on fire"),
        ("  two\n lines ", 0, "two lines"),
        ("", 0, "Chat request from Mia at Acme"),
        ("", 12, "[Ticket 12] Chat request from Mia at Acme"),
        ("It drops", 12, "[Ticket 12] It drops"),
        ("x" * 201, 0, "x" * 199 + "…"),
        ("👨‍👩‍👧‍👦" * 60, 0, "👨‍👩‍👧‍👦" * 28 + "…"),
        ("\u202egpj.exe", 0, "gpj.exe"),
        ("\u200b", 0, "Chat request from Mia at Acme"),
    ],
)
def test_the_title_of_a_request_is_the_typed_text(text: str, ticket: int, title: str) -> None:  # spec 2.6
    assert opening.request_title(text, "Mia", "Acme", ticket) == title


def test_the_title_of_a_push_chat_names_both_people_and_the_ticket() -> None:  # spec 2.6
    assert opening.push_title("Ava", "Mia", 12) == "Chat from Ava to Mia on ticket 12"
