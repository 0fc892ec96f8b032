"""Signing in as the person whom an identity provider names (spec 10.1)."""

from dataclasses import replace

import pytest

from services.tickets.domain.directory import Entry
from services.tickets.domain.errors import InvalidValue, PersonDisabled, PersonNotFound, SignedOut
from services.tickets.domain.people import Side
from services.tickets.domain.refresh import MAX_SEALED
from services.tickets.domain.sign_in import Identity
from services.tickets.handlers.sign_ins import AtProvider
from tests.unit.tickets.desk import HARBOUR, SERVICE, TicketsDesk, customer

METHOD = "openid:acme"


def named(email: str = "", **fields: str) -> Identity:
    return Identity(**{"desk_id": HARBOUR, "side": Side.CUSTOMER, "email": email, **fields})  # type: ignore[arg-type]


@pytest.fixture
async def desk() -> TicketsDesk:
    desk = TicketsDesk(trial=False)
    await desk.directory.upsert(SERVICE, replace(customer("kim", "Kim Novak", "acme"), email="Kim@Acme.example", trial=False))
    return desk


@pytest.mark.parametrize("email", ["Kim@Acme.example", "kim@acme.EXAMPLE"])
async def test_an_address_finds_its_person_also_without_the_trial(desk: TicketsDesk, email: str) -> None:  # spec 10.1
    secret, made = await desk.sign_ins.create_for(named(email), METHOD, "192.0.2.1")

    assert made == await desk.sign_ins.get(secret)
    assert (made.person.id, made.method) == ("kim", METHOD)
    assert secret not in repr(desk.sign_in_store.kept)


async def test_an_encrypted_id_token_is_kept_until_the_sign_in_ends(desk: TicketsDesk) -> None:  # spec 10.1
    secret, _ = await desk.sign_ins.create_for(named("kim@acme.example"), METHOD, "", AtProvider(sealed_id_token="sealed"))

    ended = await desk.sign_ins.end(secret)
    assert ended and ended.sealed_id_token == "sealed"
    assert await desk.sign_ins.end(secret) is None
    assert "sealed'" not in repr(desk.sign_in_store.kept)
    with pytest.raises(InvalidValue) as refused:
        await desk.sign_ins.create_for(named("kim@acme.example"), METHOD, "", AtProvider(sealed_id_token="s" * (MAX_SEALED + 1)))
    assert refused.value.field == "sealed_id_token"


async def test_an_id_finds_its_person(desk: TicketsDesk) -> None:
    _, made = await desk.sign_ins.create_for(named(person_id="kim"), METHOD, "")
    assert made.person.id == "kim"


@pytest.mark.parametrize(
    "identity",
    [
        named("nobody@acme.example"),
        named("kim@acme.exampl"),
        named("kim@acme.example.com"),
        named("im@acme.example"),
        named("acme.example"),
        named("\u212aim@acme.example"),  # the Kelvin sign, which str.lower makes a k
        named("k\u0131m@acme.example"),
        named("kim@acme.example", desk_id="elsewhere"),
        named("kim@acme.example", side=Side.ENGINEER),
        named(person_id="kim", desk_id="elsewhere"),
        named(person_id="nobody"),
        named(person_id="ava"),
    ],
)
async def test_anybody_else_is_missing_whatever_the_reason(desk: TicketsDesk, identity: Identity) -> None:  # spec 10.1, 10.2
    with pytest.raises(PersonNotFound) as refused:
        await desk.sign_ins.create_for(identity, METHOD, "")
    assert (refused.value.code, refused.value.details) == ("person_not_found", {})
    assert desk.sign_in_store.kept == {}


async def test_nobody_signs_in_by_an_address_that_two_people_have(desk: TicketsDesk) -> None:  # spec 10.1
    second = replace(customer("kim-2", "Kim Novak", "acme"), email="kim@acme.example")
    desk.directory_store.kept["person:kim-2"] = Entry(second, 1, 100)
    with pytest.raises(PersonNotFound):
        await desk.sign_ins.create_for(named("kim@acme.example"), METHOD, "")


async def test_a_disabled_person_cannot_sign_in_and_is_signed_out(desk: TicketsDesk) -> None:  # spec 10.10
    secret, _ = await desk.sign_ins.create_for(named(person_id="kim"), METHOD, "")
    await desk.directory.upsert(SERVICE, replace(customer("kim", "Kim Novak", "acme"), email="kim@acme.example", disabled=True))

    with pytest.raises(SignedOut):
        await desk.sign_ins.get(secret)
    with pytest.raises(PersonDisabled):
        await desk.sign_ins.create_for(named("kim@acme.example"), METHOD, "")


async def test_a_person_whose_name_has_many_beginnings_is_found_by_address(desk: TicketsDesk) -> None:  # spec 10.1
    await desk.directory.upsert(SERVICE, replace(customer("long", "\u6f22" * 60, "acme"), email="long@acme.example"))
    _, made = await desk.sign_ins.create_for(named("long@acme.example"), METHOD, "")
    assert made.person.id == "long"


@pytest.mark.parametrize(
    ("identity", "method", "field"),
    [
        (named(), METHOD, "identity.named_by"),
        (named("a" * 300), METHOD, "identity.named_by"),
        (named("kim@acme.example", desk_id=""), METHOD, "identity.desk_id"),
        (named("kim@acme.example"), "trial", "method"),
        (named("kim@acme.example"), "openid:", "method"),
        (named("kim@acme.example"), "openid:a b", "method"),
    ],
)
async def test_an_invalid_argument_is_refused_by_its_field(desk: TicketsDesk, identity: Identity, method: str, field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        await desk.sign_ins.create_for(identity, method, "")
    assert refused.value.field == field


async def test_the_trial_page_takes_no_method_of_a_provider(desk: TicketsDesk) -> None:  # spec 10.1
    with pytest.raises(InvalidValue):
        await desk.sign_ins.create("kim", METHOD, "")
