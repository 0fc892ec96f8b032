"""Signing in and out (spec 10.1)."""

from dataclasses import replace

import pytest

from servicekit.metrics import Metrics
from services.tickets.domain.errors import InvalidValue, NotAllowed, PersonNotFound, SignedOut, TrialOff
from services.tickets.handlers.sign_in_sweep import SignInSweep
from tests.unit.tickets.desk import SERVICE, TicketsDesk, customer


async def test_a_secret_leads_to_its_person_until_it_ends(desk: TicketsDesk) -> None:  # spec 10.1
    secret, made = await desk.sign_ins.create("mia", "trial", "192.0.2.1")

    stay = await desk.sign_ins.get(secret)

    assert stay == made
    assert (stay.person.name, stay.desk.name) == ("Mia Torres", "Harbour IT")
    assert stay.company is not None and stay.company.name == "Acme Ltd"
    await desk.sign_ins.end(secret)
    with pytest.raises(SignedOut):
        await desk.sign_ins.get(secret)


async def test_only_the_hash_of_a_secret_is_kept(desk: TicketsDesk) -> None:  # spec 10.1
    secret, made = await desk.sign_ins.create("ava", "trial", "")

    assert len(secret) >= 43
    assert secret not in repr(desk.sign_in_store.kept)
    assert made.company is None


async def test_the_end_of_a_sign_in_is_said_once(desk: TicketsDesk) -> None:
    secret, made = await desk.sign_ins.create("mia", "trial", "")

    await desk.sign_ins.end(secret)
    await desk.sign_ins.end(secret)
    await desk.sign_ins.end("never was")

    assert desk.sign_in_store.said == [made.id]


async def test_a_sign_in_ends_by_itself_after_thirty_days(desk: TicketsDesk) -> None:
    secret, _ = await desk.sign_ins.create("mia", "trial", "")
    await desk.clock.advance(days=30, seconds=-1)
    await desk.sign_ins.get(secret)

    await desk.clock.advance(seconds=1)

    with pytest.raises(SignedOut):
        await desk.sign_ins.get(secret)


async def test_whoever_is_disabled_is_signed_out(desk: TicketsDesk) -> None:
    secret, _ = await desk.sign_ins.create("mia", "trial", "")
    await desk.directory.upsert(SERVICE, replace(customer("mia", "Mia Torres", "acme"), disabled=True))

    with pytest.raises(SignedOut):
        await desk.sign_ins.get(secret)
    with pytest.raises(PersonNotFound):
        await desk.sign_ins.create("mia", "trial", "")


async def test_trial_sign_in_is_for_trial_people_alone(desk: TicketsDesk) -> None:  # spec 10.1
    await desk.directory.upsert(SERVICE, replace(customer("real", "Real", "acme"), trial=False))

    with pytest.raises(NotAllowed):
        await desk.sign_ins.create("real", "trial", "")


async def test_nobody_signs_in_by_trial_while_it_is_off() -> None:  # spec 10.1
    with pytest.raises(TrialOff):
        await TicketsDesk(trial=False).sign_ins.create("mia", "trial", "")


@pytest.mark.parametrize(("person_id", "method", "field"), [("", "trial", "person_id"), ("mia", "password", "method")])
async def test_a_bad_argument_is_named(desk: TicketsDesk, person_id: str, method: str, field: str) -> None:
    with pytest.raises(InvalidValue) as told:
        await desk.sign_ins.create(person_id, method, "")

    assert told.value.field == field


async def test_a_sign_in_that_is_long_over_is_removed(desk: TicketsDesk) -> None:  # spec 10.1, 10.5
    await desk.sign_ins.create("mia", "trial", "")
    sweep = SignInSweep(desk.sign_in_store, desk.clock, Metrics("tickets"))
    await desk.clock.advance(days=59)
    await sweep.once()
    assert len(desk.sign_in_store.kept) == 1

    await desk.clock.advance(days=2)
    await sweep.once()
    assert desk.sign_in_store.kept == {}
