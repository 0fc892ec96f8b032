"""Opening chats, through the real handlers."""

import asyncio

import pytest

from servicekit.errors import Unavailable
from services.chat.domain.desk_settings import HoursMode
from services.chat.domain.errors import BadArgument, CommandIdReused, NotAllowed, Refused, TicketNotFound
from services.chat.domain.events import CallbackWish, MessagePosted, Offer, ParticipantJoined, SessionOpened
from services.chat.domain.hours import OfficeHours, WeeklySpan
from services.chat.domain.opening import Claim
from services.chat.domain.status import ChatStatus
from services.chat.handlers.session_command import Answer
from tests.fakes.chat.desk import AVA, BO, DESK, LEO, MIA, OLD, VPN, ZOE, Desk
from tests.fakes.faults import Crash, CrashesAt

PHONE = CallbackWish(phone="+44 20 7946 0101")
TUESDAYS = OfficeHours("Europe/London", (WeeklySpan(2, 9 * 60, 17 * 60),))  # the clock starts on a Monday


async def test_the_typed_text_is_the_title_and_the_first_message(desk: Desk) -> None:  # spec 2.6
    opened = await desk.chats.opening.request_chat(MIA, "c1", "Printer\n is on fire", "")

    assert opened.opened
    assert (opened.session.title, opened.session.status) == ("Printer is on fire", ChatStatus.WAITING)
    assert [type(event) for event in opened.entries[0].events] == [SessionOpened, ParticipantJoined, MessagePosted]
    assert opened.entries[0].events[2] == MessagePosted("c1", "Printer\n is on fire")


async def test_a_request_carries_company_customer_and_ticket(desk: Desk) -> None:  # spec 2.7
    session = (await desk.chats.opening.request_chat(MIA, "c1", "It drops again", VPN.id)).session

    assert (session.company_id, session.company_name, session.customer.id) == ("acme", "Acme Ltd", "mia")
    assert (session.ticket_id, session.ticket_number, session.on_ticket) == (VPN.id, 7, True)
    assert session.title == "[Ticket 7] It drops again"


async def test_a_repeated_request_returns_the_first_result(desk: Desk) -> None:  # spec 3.8
    first = await desk.chats.opening.request_chat(MIA, "c1", "Fire", "")
    repeated = await desk.replica().opening.request_chat(MIA, "c1", "Fire", "")

    assert (repeated.session, repeated.entries, repeated.opened) == (first.session, first.entries, True)


async def test_the_same_command_id_with_another_text_is_refused(desk: Desk) -> None:  # spec 11.1
    await desk.chats.opening.request_chat(MIA, "c1", "Fire", "")
    with pytest.raises(CommandIdReused):
        await desk.chats.opening.request_chat(MIA, "c1", "Flood", "")


async def test_a_second_request_returns_the_active_chat(desk: Desk) -> None:  # spec 2.3
    first = await desk.waiting()
    second = await desk.chats.opening.request_chat(MIA, desk.id(), "Something else", "")

    assert (second.session.id, second.opened) == (first.id, False)
    assert len(desk.log.entries) == 1


async def test_one_of_several_simultaneous_requests_opens_a_chat(desk: Desk) -> None:  # spec 2.3
    replicas = [desk.chats, desk.replica(), desk.replica()]
    asked = [replica.opening.request_chat(MIA, desk.id(), "Fire", "") for replica in replicas for _ in range(5)]
    answers: list[Answer] = await asyncio.gather(*asked)

    assert len({answer.session.id for answer in answers}) == 1
    assert [answer.opened for answer in answers].count(True) == 1


async def test_a_customer_may_have_one_chat_without_a_ticket_and_one_per_ticket(desk: Desk) -> None:  # spec 2.3
    sessions = {(await desk.waiting()).id, (await desk.waiting(ticket_id=VPN.id)).id, (await desk.waiting(LEO)).id}
    assert len(sessions) == 3


async def test_after_the_end_a_new_chat_may_be_opened(desk: Desk) -> None:  # spec 2.3
    first = await desk.waiting()
    await desk.chats.conversation.ask_callback(MIA, first.id, desk.id(), PHONE)

    second = await desk.chats.opening.request_chat(MIA, desk.id(), "Again", "")
    assert second.opened and second.session.id != first.id


@pytest.mark.parametrize("stalled", ["claimed", "first_entry_inserted"])
async def test_a_repeat_completes_a_request_that_crashed(stalled: str) -> None:  # spec 2.3
    desk = Desk(faults=CrashesAt(stalled))
    with pytest.raises(Crash):
        await desk.chats.opening.request_chat(MIA, "c1", "Fire", "")

    repeated = await desk.replica().opening.request_chat(MIA, "c1", "Fire", "")
    assert repeated.opened and repeated.session.revision == 1
    assert len(desk.log.entries) == 1


async def test_a_claim_without_a_first_entry_is_taken_over(desk: Desk) -> None:  # spec 2.3
    broken = desk.replica(CrashesAt("claimed"))
    with pytest.raises(Crash):
        await broken.opening.request_chat(MIA, "c1", "Fire", "")

    other = await desk.chats.opening.request_chat(MIA, "c2", "Fire", "")
    assert other.opened

    # The stalled request continues: its own session is void, and it returns the active chat.
    late = await desk.replica().opening.request_chat(MIA, "c1", "Fire", "")
    assert (late.opened, late.session.id) == (False, other.session.id)
    assert sorted(len(log) for log in desk.log.entries.values()) == [1, 1]


async def test_a_crash_between_the_void_and_the_claim_blocks_nothing(desk: Desk) -> None:  # spec 2.3
    for command_id, point in (("c1", "claimed"), ("c2", "voided")):
        with pytest.raises(Crash):
            await desk.replica(CrashesAt(point)).opening.request_chat(MIA, command_id, "Fire", "")
    (void,) = [log for log in desk.log.entries.values() if log]
    assert [entry.kind for entry in void] == ["void"]

    other = await desk.chats.opening.request_chat(MIA, "c3", "Fire", "")
    assert other.opened and desk.claims.held == {Claim(DESK, "mia"): other.session.id}
    for command_id in ("c1", "c2"):
        late = await desk.replica().opening.request_chat(MIA, command_id, "Fire", "")
        assert (late.opened, late.session.id) == (False, other.session.id)


async def test_a_claim_not_released_by_a_crash_is_released_by_the_next_request(desk: Desk) -> None:  # spec 2.3
    first = await desk.waiting()
    await desk.chats.conversation.ask_callback(MIA, first.id, desk.id(), PHONE)
    await desk.settle()
    desk.claims.held[Claim(DESK, "mia")] = first.id

    assert (await desk.chats.opening.request_chat(MIA, desk.id(), "Again", "")).opened


async def test_a_chat_on_a_closed_ticket_is_refused(desk: Desk) -> None:  # spec 2.5
    with pytest.raises(Refused) as refused:
        await desk.chats.opening.request_chat(MIA, "c1", "Hello", OLD.id)
    assert refused.value.code == "ticket_closed"
    assert not desk.log.entries and not desk.claims.held


async def test_the_ticket_of_another_customer_looks_missing(desk: Desk) -> None:  # spec 10.2
    for ticket_id in ("t-move", "nowhere"):
        with pytest.raises(TicketNotFound):
            await desk.chats.opening.request_chat(MIA, "c1", "Hello", ticket_id)


@pytest.mark.parametrize(
    ("desk_allows", "company_allows", "customer_allows", "allowed"),
    [
        (True, None, None, True),
        (False, None, None, False),
        (True, False, None, False),
        (False, True, None, True),
        (True, True, False, False),
        (False, False, True, True),
    ],
)
async def test_a_customer_setting_overrides_the_company_and_a_company_setting_the_desk(
    desk: Desk, desk_allows: bool, company_allows: bool | None, customer_allows: bool | None, allowed: bool
) -> None:  # spec 2.8
    companies = {} if company_allows is None else {"acme": company_allows}
    customers = {} if customer_allows is None else {"mia": customer_allows}
    desk.set(pre_ticket_chat=desk_allows, companies=companies, customers=customers)
    if allowed:
        assert (await desk.chats.opening.request_chat(MIA, "c1", "Hello", "")).opened
        return
    with pytest.raises(NotAllowed):
        await desk.chats.opening.request_chat(MIA, "c1", "Hello", "")
    assert not desk.claims.held


async def test_chat_without_a_ticket_and_callback_have_separate_settings(desk: Desk) -> None:  # spec 2.8
    desk.set(pre_ticket_chat=False)
    assert (await desk.chats.opening.open_callback(MIA, "c1", "", PHONE)).opened
    assert (await desk.chats.opening.request_chat(MIA, "c2", "Hello", VPN.id)).opened
    desk.set(call_back=False)
    with pytest.raises(NotAllowed) as refused:
        await desk.chats.opening.open_callback(LEO, "c3", "", PHONE)
    assert refused.value.code == "call_back_off"


async def test_a_direct_callback_request_starts_in_status_callback(desk: Desk) -> None:  # spec 3.2, 4.10
    session = (await desk.chats.opening.open_callback(MIA, "c1", "", PHONE)).session

    assert session.status is ChatStatus.CALLBACK and session.past_statuses == ()
    assert session.callback == CallbackWish(phone="+442079460101")
    assert session.title == "Chat request from Mia Torres at Acme Ltd"  # spec 2.6
    await desk.settle()
    assert not desk.claims.held


@pytest.mark.parametrize(
    ("wish", "kept"),
    [
        (CallbackWish("020 7946 0101"), CallbackWish("+442079460101")),
        (CallbackWish("+1 212 555 0123 ext. 45"), CallbackWish("+12125550123", extension="45")),
        (CallbackWish("+1 212 555 0123", extension="45"), CallbackWish("+12125550123", extension="45")),
        (CallbackWish("+1 555 555 0123"), CallbackWish("+15555550123", unconfirmed=True)),
        (CallbackWish("+1 555 555 0123 ext. 4", by_chat=True), CallbackWish(by_chat=True)),
    ],
)
async def test_a_phone_number_and_its_extension_are_stored(desk: Desk, wish: CallbackWish, kept: CallbackWish) -> None:  # spec 4.10
    assert (await desk.chats.opening.open_callback(MIA, "c1", "", wish)).session.callback == kept
    session = await desk.waiting(LEO)
    answer = await desk.chats.conversation.ask_callback(LEO, session.id, desk.id(), wish)
    assert answer.session.callback == kept


@pytest.mark.parametrize("extension", ["45a", "4" * 21, "٤٥"])
async def test_an_extension_that_is_not_digits_is_refused(desk: Desk, extension: str) -> None:  # spec 4.10
    with pytest.raises(BadArgument) as refused:
        await desk.chats.opening.open_callback(MIA, "c1", "", CallbackWish("+1 212 555 0123", extension=extension))
    assert refused.value.field == "wish.extension"


# Codes that the parser of phone numbers skips.
CODED = ["+44 20 7946 0101" + code for code in ("\0\0", "\u202e", "\n", "\x7f", "\ud800")]


@pytest.mark.parametrize("phone", ["", "hello", "12", "+4420794601011234567", "020 7946 0101" + " " * 100, *CODED])
async def test_an_invalid_phone_number_is_refused_by_its_field(desk: Desk, phone: str) -> None:  # spec 4.10
    with pytest.raises(BadArgument) as refused:
        await desk.chats.opening.open_callback(MIA, "c1", "", CallbackWish(phone=phone))
    assert refused.value.field == "wish.phone"


async def test_a_request_outside_hours_names_the_next_opening(desk: Desk) -> None:  # spec 4.6
    desk.set(hours=TUESDAYS)
    session = (await desk.chats.opening.request_chat(MIA, "c1", "Hello", "")).session
    assert (session.status, session.offer) == (ChatStatus.WAITING, Offer.OUTSIDE_HOURS)


async def test_a_desk_may_refuse_outside_hours(desk: Desk) -> None:  # spec 4.6
    desk.set(hours=TUESDAYS, hours_mode=HoursMode.REFUSE)
    with pytest.raises(Refused) as refused:
        await desk.chats.opening.request_chat(MIA, "c1", "Hello", "")
    assert (refused.value.code, refused.value.details["opens_at"]) == ("outside_hours", "2026-03-03T09:00:00+00:00")
    assert not desk.claims.held


async def test_a_push_chat_goes_to_the_tickets_customer_and_waits(desk: Desk) -> None:  # spec 2.9, 2.6
    session = (await desk.chats.opening.push_chat(AVA, "c1", VPN.id, "")).session
    assert (session.customer.id, session.creator.id, session.status) == ("mia", "ava", ChatStatus.WAITING)
    assert session.title == "Chat from Ava Chen to Mia Torres on ticket 7"
    assert not desk.claims.held  # spec 2.3


@pytest.mark.parametrize("state", ["away", "offline"])
async def test_a_push_chat_to_a_customer_who_is_not_online_is_refused(desk: Desk, state: str) -> None:  # spec 2.9, 1.14
    desk.presence.set("mia", state)
    with pytest.raises(Refused) as refused:
        await desk.chats.opening.push_chat(AVA, "c1", VPN.id, "")
    assert refused.value.code == "customer_not_online"


async def test_a_push_chat_is_refused_while_presence_is_down_and_a_request_is_not(desk: Desk) -> None:  # spec 1.14
    desk.presence.down = True
    with pytest.raises(Unavailable):
        await desk.chats.opening.push_chat(AVA, "c1", VPN.id, "")
    assert (await desk.chats.opening.request_chat(ZOE, "c2", "Hello", "")).opened


async def test_a_push_chat_on_a_hidden_ticket_is_refused_as_missing(desk: Desk) -> None:  # spec 2.10
    with pytest.raises(TicketNotFound):
        await desk.chats.opening.push_chat(BO, "c1", "t-move", "")


async def test_customers_open_requests_and_engineers_open_push_chats(desk: Desk) -> None:  # spec 2.1
    with pytest.raises(NotAllowed):
        await desk.chats.opening.request_chat(AVA, "c1", "Hello", "")
    with pytest.raises(NotAllowed):
        await desk.chats.opening.push_chat(MIA, "c1", VPN.id, "")


@pytest.mark.parametrize(
    ("command_id", "text", "field"),
    [("", "Hi", "command_id"), ("x" * 65, "Hi", "command_id"), ("c1", "", "text"), ("c1", " \n", "text"), ("c1", "x" * 4001, "text")],
)
async def test_an_invalid_argument_is_refused_by_its_field(desk: Desk, command_id: str, text: str, field: str) -> None:  # spec 11.1
    with pytest.raises(BadArgument) as refused:
        await desk.chats.opening.request_chat(MIA, command_id, text, "")
    assert refused.value.field == field
    assert not desk.log.entries
