"""The permission to chat (spec 2.3, 2.5, 2.8), checked at each command: one rule for the page, for customers and for push chats."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from servicekit.errors import Unavailable
from services.chat.domain.conversation import JoinMode
from services.chat.domain.desk_settings import HoursMode
from services.chat.domain.errors import ChatError, NotAllowed, Refused
from services.chat.domain.events import CallbackWish
from services.chat.domain.hours import OfficeHours, WeeklySpan
from services.chat.domain.people import Contact
from services.chat.domain.status import ChatStatus
from tests.fakes.chat.desk import AVA, DESK, LEO, MIA, VPN, Desk

BY_CHAT = CallbackWish(by_chat=True)


def ticket_closed(desk: Desk) -> None:
    desk.tickets.stored[DESK, VPN.id] = replace(VPN, closed=True)


def ticket_gone(desk: Desk) -> None:
    desk.tickets.stored.clear()


def desk_closed(desk: Desk) -> None:
    desk.set(hours=OfficeHours("UTC", (WeeklySpan(2, 540, 1020),)), hours_mode=HoursMode.REFUSE)


def permission_withdrawn(desk: Desk) -> None:
    desk.set(customers={"mia": False}, call_back=False)


@pytest.mark.parametrize("obstacle", [ticket_closed, ticket_gone, desk_closed, permission_withdrawn])
async def test_a_second_tab_gets_the_active_chat_when_a_new_one_would_be_refused(
    desk: Desk, obstacle: Callable[[Desk], None]
) -> None:  # spec 2.3
    session = await desk.waiting(ticket_id=VPN.id)
    obstacle(desk)
    for chats in (desk.chats, desk.replica()):
        repeated = await chats.opening.request_chat(MIA, desk.id(), "Something else", VPN.id)
        assert (repeated.session.id, repeated.opened) == (session.id, False)

    await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.TAKE)
    await desk.chats.ending.complete(AVA, session.id, desk.id(), None)
    with pytest.raises(ChatError):
        await desk.chats.opening.request_chat(MIA, desk.id(), "Something else", VPN.id)


async def test_the_active_chat_is_returned_when_callbacks_are_disabled(desk: Desk) -> None:  # spec 2.3, 4.10
    session = await desk.waiting()
    desk.set(call_back=False)
    assert (await desk.chats.opening.open_callback(MIA, desk.id(), "", BY_CHAT)).session.id == session.id


@pytest.mark.parametrize(
    ("allows", "allowed"),
    [
        ({}, True),
        ({"post_ticket_chat": False}, False),
        ({"pre_ticket_chat": False}, True),
        ({"companies": {"acme": False}}, False),
        ({"companies": {"acme": True}, "post_ticket_chat": False}, True),
        ({"companies": {"acme": True}, "customers": {"mia": False}}, False),
        ({"companies": {"acme": False}, "customers": {"mia": True}}, True),
    ],
)
async def test_a_push_chat_to_a_customer_without_permission_is_refused(
    desk: Desk, allows: dict[str, object], allowed: bool
) -> None:  # spec 2.8, 2.9
    desk.set(**allows)
    if allowed:
        assert (await desk.chats.opening.push_chat(AVA, "c1", VPN.id, "")).opened
        return
    with pytest.raises(NotAllowed) as refused:
        await desk.chats.opening.push_chat(AVA, "c1", VPN.id, "")
    assert refused.value.code == "chat_off"
    assert desk.log.entries == {}


async def test_a_disabled_customer_neither_opens_nor_gets_a_chat(desk: Desk) -> None:  # spec 2.9
    desk.directory.people[DESK, "mia"] = replace(desk.directory.people[DESK, "mia"], disabled=True)
    with pytest.raises(Refused) as refused:
        await desk.chats.opening.push_chat(AVA, "c1", VPN.id, "")
    assert (refused.value.code, refused.value.field) == ("customer_disabled", "ticket_id")
    for asked in (
        desk.chats.opening.request_chat(MIA, "c2", "Hello", ""),
        desk.chats.opening.open_callback(MIA, "c3", "Hello", BY_CHAT),
    ):
        with pytest.raises(Refused) as refused:
            await asked
        assert refused.value.code == "customer_disabled"
    assert desk.log.entries == {}


async def test_a_customer_opens_a_chat_while_the_directory_does_not_answer(desk: Desk) -> None:  # spec 9.5
    desk.directory.down = True
    session = (await desk.chats.opening.request_chat(MIA, desk.id(), "Hello", "")).session
    assert (session.company_id, session.company_name, session.contact) == ("acme", "Acme Ltd", Contact())
    with pytest.raises(Unavailable):
        await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "")


def changes_company(desk: Desk) -> None:
    """Moves Mia to Globex. Her ticket and the token of her open page still name Acme."""
    customer = desk.directory.people[DESK, "mia"]
    desk.directory.people[DESK, "mia"] = replace(customer, company_id="globex", board_id="projects")


@pytest.mark.parametrize(("ticket_id", "company_id", "name"), [(VPN.id, "acme", "Acme Ltd"), ("", "globex", "Globex")])
async def test_the_page_and_the_server_check_the_same_company(
    desk: Desk, ticket_id: str, company_id: str, name: str
) -> None:  # spec 2.7, 2.8
    changes_company(desk)
    desk.set(companies={company_id: False})
    state = await desk.chats.support.state(MIA, ticket_id)
    assert (state.why_not, state.may_call_back) == ("permission", False)
    with pytest.raises(NotAllowed):
        await desk.chats.opening.request_chat(MIA, desk.id(), "Hello", ticket_id)

    other = {"acme": "globex", "globex": "acme"}[company_id]
    desk.set(companies={other: False})
    state = await desk.chats.support.state(MIA, ticket_id)
    assert (state.may_chat, state.may_call_back) == (True, True)
    session = (await desk.chats.opening.request_chat(MIA, desk.id(), "Hello", ticket_id)).session
    assert (session.company_id, session.company_name) == (company_id, name)
    asked = (await desk.chats.conversation.ask_callback(MIA, session.id, desk.id(), BY_CHAT)).session
    assert asked.status is ChatStatus.CALLBACK


async def test_a_setting_of_a_customer_does_not_apply_to_a_colleague(desk: Desk) -> None:  # spec 2.8
    desk.set(customers={"mia": False})
    assert (await desk.chats.opening.request_chat(LEO, desk.id(), "Hello", "")).opened
