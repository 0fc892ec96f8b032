"""Refreshes of sign-ins: each goes to one gateway, and its outcome keeps the sign-in or ends it (spec 10.1)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.tickets.domain.errors import InvalidValue, SignedOut
from services.tickets.domain.people import Side
from services.tickets.domain.refresh import LAST_RETRY, MAX_LIMIT, MAX_SEALED, TAKEN_FOR, RefreshOutcome
from services.tickets.domain.sign_in import Identity, SignIn
from services.tickets.handlers.sign_ins import AtProvider
from tests.unit.tickets.desk import GRACE, HARBOUR, SERVICE, TicketsDesk, customer

METHOD = "openid:acme"
HOUR = timedelta(hours=1)
KEPT = AtProvider(sealed_refresh_token="sealed 1", refresh_after=HOUR)
REFRESHED, REFUSED, FAILED = RefreshOutcome


@pytest.fixture
async def desk() -> TicketsDesk:
    desk = TicketsDesk(trial=False)
    await desk.directory.upsert(SERVICE, replace(customer("kim", "Kim Novak", "acme"), trial=False))
    return desk


async def signed_in(desk: TicketsDesk, kept: AtProvider = KEPT) -> str:
    """The secret."""
    identity = Identity(desk_id=HARBOUR, side=Side.CUSTOMER, person_id="kim")
    secret, _ = await desk.sign_ins.create_for(identity, METHOD, "", kept)
    return secret


def turn(desk: TicketsDesk, by: timedelta) -> None:
    desk.clock.set_forward(by.total_seconds())


async def taken(desk: TicketsDesk) -> SignIn:
    """The only sign-in that is due."""
    (sign_in,) = await desk.refreshes.take(0)
    return sign_in


async def finished(desk: TicketsDesk, sign_in: SignIn, outcome: RefreshOutcome, token: str = "") -> bool:
    assert sign_in.refresh is not None
    return await desk.refreshes.finish(sign_in.id, sign_in.refresh.next_at, outcome, token, HOUR)


async def test_a_sign_in_is_due_after_its_time_and_goes_to_one_gateway(desk: TicketsDesk) -> None:  # spec 10.1
    await signed_in(desk)
    turn(desk, HOUR - timedelta(seconds=1))
    assert await desk.refreshes.take(0) == []
    turn(desk, timedelta(seconds=1))

    first = await taken(desk)

    assert first.refresh is not None and first.refresh.sealed_token == "sealed 1"
    assert await desk.refreshes.take(0) == []
    # That gateway crashed.
    turn(desk, TAKEN_FOR)
    second = await taken(desk)
    assert not await finished(desk, first, REFRESHED, "sealed 2")
    assert await finished(desk, second, REFRESHED, "sealed 3")
    assert not await finished(desk, second, REFUSED)
    turn(desk, HOUR)
    third = await taken(desk)
    assert third.refresh is not None and third.refresh.sealed_token == "sealed 3"


async def test_a_refused_refresh_ends_the_sign_in(desk: TicketsDesk) -> None:  # spec 10.1, 10.5
    secret = await signed_in(desk)
    turn(desk, HOUR)
    sign_in = await taken(desk)

    assert await finished(desk, sign_in, REFUSED)

    assert desk.sign_in_store.published == [sign_in.id]
    assert desk.sign_in_store.ended_by == {sign_in.id: METHOD}
    assert "sealed 1" not in repr(desk.sign_in_store.kept)
    with pytest.raises(SignedOut):
        await desk.sign_ins.get(secret)


async def test_a_provider_that_is_down_keeps_the_sign_in_for_the_grace(desk: TicketsDesk) -> None:  # spec 10.1
    secret = await signed_in(desk)
    turn(desk, HOUR)
    due, waits = desk.clock.now(), list[timedelta]()
    while desk.clock.now() - due < GRACE - LAST_RETRY:
        at, sign_in = desk.clock.now(), await taken(desk)
        assert await finished(desk, sign_in, FAILED)
        assert (await desk.sign_ins.get(secret)).id == sign_in.id
        stored = desk.sign_in_store.kept[sign_in.id].refresh
        assert stored is not None
        waits.append(stored.next_at - at)
        turn(desk, waits[-1])
    assert waits[:6] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15, 15)]
    assert max(waits) == LAST_RETRY

    turn(desk, LAST_RETRY)

    # Also if no gateway takes it any more.
    with pytest.raises(SignedOut):
        await desk.sign_ins.get(secret)
    assert await desk.refreshes.take(0) == []
    assert desk.sign_in_store.published == list(desk.sign_in_store.kept)


async def test_a_confirmation_begins_the_grace_anew(desk: TicketsDesk) -> None:  # spec 10.1
    secret = await signed_in(desk)
    turn(desk, GRACE)
    assert await finished(desk, await taken(desk), REFRESHED, "sealed 2")
    turn(desk, GRACE)
    assert await finished(desk, await taken(desk), FAILED)
    assert (await desk.sign_ins.get(secret)).person.id == "kim"


async def test_a_sign_in_that_is_over_is_not_refreshed(desk: TicketsDesk) -> None:  # spec 10.1
    ended = await signed_in(desk)
    await desk.sign_ins.end(ended)
    await signed_in(desk, replace(KEPT, lasts=HOUR))
    turn(desk, HOUR)

    assert await desk.refreshes.take(0) == []
    assert "sealed 1" not in repr(desk.sign_in_store.kept)


async def test_a_sign_in_lasts_as_long_as_its_provider_allows_and_no_longer_than_any(desk: TicketsDesk) -> None:  # spec 10.1
    short = await signed_in(desk, AtProvider(lasts=HOUR))
    long = await signed_in(desk, AtProvider(lasts=timedelta(days=400)))
    usual = await signed_in(desk, AtProvider())
    assert (await desk.sign_ins.get(short)).expires_at == desk.clock.now() + HOUR
    assert (await desk.sign_ins.get(long)).expires_at == (await desk.sign_ins.get(usual)).expires_at


@pytest.mark.parametrize(
    ("token", "after", "field"),
    [
        ("", HOUR, "refresh.sealed_token"),
        ("s" * (MAX_SEALED + 1), HOUR, "refresh.sealed_token"),
        ("s", timedelta(seconds=59), "refresh.after_seconds"),
        ("s", timedelta(days=1, seconds=1), "refresh.after_seconds"),
    ],
)
async def test_an_invalid_refresh_is_refused_by_its_field(desk: TicketsDesk, token: str, after: timedelta, field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        await desk.refreshes.finish("s1", desk.clock.now(), REFRESHED, token, after)
    assert refused.value.field == field


async def test_an_invalid_limit_or_id_is_refused(desk: TicketsDesk) -> None:
    with pytest.raises(InvalidValue) as refused:
        await desk.refreshes.take(MAX_LIMIT + 1)
    assert refused.value.field == "limit"
    with pytest.raises(InvalidValue) as refused:
        await desk.refreshes.finish("", desk.clock.now(), FAILED)
    assert refused.value.field == "sign_in_id"
    assert not await desk.refreshes.finish("nobody's", desk.clock.now(), FAILED)
