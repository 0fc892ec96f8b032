"""Signing in and out (spec 10.1)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from servicekit.errors import Unavailable
from servicekit.metrics import Metrics
from services.tickets.domain.errors import InvalidValue, NotAllowed, PersonDisabled, PersonNotFound, SignedOut, TrialOff
from services.tickets.handlers.sign_ins import SignInHandlers
from services.tickets.handlers.sweeps import SignInSweep
from tests.unit.tickets.desk import GRACE, SERVICE, TicketsDesk, customer


async def test_a_secret_identifies_its_person_until_the_sign_in_ends(desk: TicketsDesk) -> None:  # spec 10.1
    secret, made = await desk.sign_ins.create("mia", "trial", "192.0.2.1")

    details = await desk.sign_ins.get(secret)

    assert details == made
    assert (details.person.name, details.desk.name) == ("Mia Torres", "Harbour IT")
    assert details.company is not None and details.company.name == "Acme Ltd"
    await desk.sign_ins.end(secret)
    with pytest.raises(SignedOut):
        await desk.sign_ins.get(secret)


async def test_only_the_hash_of_a_secret_is_stored(desk: TicketsDesk) -> None:  # spec 10.1
    secret, made = await desk.sign_ins.create("ava", "trial", "")

    assert len(secret) >= 43
    assert secret not in repr(desk.sign_in_store.kept)
    assert made.company is None


async def test_the_end_of_a_sign_in_is_published_once(desk: TicketsDesk) -> None:
    secret, made = await desk.sign_ins.create("mia", "trial", "")

    await desk.sign_ins.end(secret)
    await desk.sign_ins.end(secret)
    await desk.sign_ins.end("never was")

    assert desk.sign_in_store.published == [made.id]


async def test_all_sign_ins_of_a_person_end_except_later_ones(desk: TicketsDesk) -> None:  # spec 1.15, 10.10
    (first, _), (second, _), (other, _) = [await desk.sign_ins.create(id, "trial", "") for id in ("mia", "mia", "leo")]
    until = desk.clock.now()
    await desk.clock.advance(seconds=1)
    later, _ = await desk.sign_ins.create("mia", "trial", "")

    for ended in (2, 0):
        assert (await desk.sign_ins.end_of_person("harbour", "mia", until, "ava"))[0] == ended

    for secret in (first, second):
        with pytest.raises(SignedOut):
            await desk.sign_ins.get(secret)
    for secret in (later, other):
        await desk.sign_ins.get(secret)
    assert len(desk.sign_in_store.published) == 2


async def test_a_sign_in_ends_the_one_of_its_app_that_it_replaces_and_names_who_did(desk: TicketsDesk) -> None:  # spec 10.1, 10.5
    (mia, of_mia), (ava, of_ava) = [await desk.sign_ins.create(id, "trial", "") for id in ("mia", "ava")]

    leo, of_leo = await desk.sign_ins.create("leo", "trial", "", [mia, ava])
    newest, _ = await desk.sign_ins.create("leo", "trial", "", ["never was", leo])
    await desk.sign_ins.create("eve", "trial", "", [ava])

    # Eve is of another desk, which Ava's does not learn.
    assert desk.sign_in_store.ended_by == {of_mia.id: "leo", of_leo.id: "leo", of_ava.id: "ava"}
    for secret in (mia, leo, ava):
        with pytest.raises(SignedOut):
            await desk.sign_ins.get(secret)
    await desk.sign_ins.get(newest)


async def test_a_sign_in_fails_while_the_one_that_it_replaces_cannot_end(
    desk: TicketsDesk, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 10.1
    async def fails(*asked: object) -> None:
        raise Unavailable("down")

    mia, _ = await desk.sign_ins.create("mia", "trial", "")
    with monkeypatch.context() as outage:
        outage.setattr(desk.sign_in_store, "end", fails)
        with pytest.raises(Unavailable):
            await desk.sign_ins.create("leo", "trial", "", [mia])
    await desk.sign_ins.create("leo", "trial", "", [mia])
    with pytest.raises(SignedOut):
        await desk.sign_ins.get(mia)


async def test_a_browser_has_no_more_sign_ins_than_apps(desk: TicketsDesk) -> None:
    with pytest.raises(InvalidValue) as refused:
        await desk.sign_ins.create("mia", "trial", "", ["a", "b", "c"])
    assert refused.value.field == "replaces" and desk.sign_in_store.kept == {}


@pytest.mark.parametrize(("desk_id", "person_id"), [("elsewhere", "mia"), ("harbour", "nobody"), ("harbour", "eve"), ("", "mia")])
async def test_sign_ins_of_another_desk_look_missing(desk: TicketsDesk, desk_id: str, person_id: str) -> None:  # spec 10.2
    with pytest.raises(PersonNotFound):
        await desk.sign_ins.end_of_person(desk_id, person_id, desk.clock.now(), "ava")


async def test_a_trial_sign_in_is_valid_only_while_trial_is_on(desk: TicketsDesk) -> None:  # spec 10.1
    secret, _ = await desk.sign_ins.create("mia", "trial", "")
    days = timedelta(days=30)
    off = SignInHandlers(desk.sign_in_store, desk.directory_store, desk.clock, Metrics("tickets"), lasts=days, trial=False, grace=GRACE)
    with pytest.raises(SignedOut):
        await off.get(secret)
    await desk.sign_ins.get(secret)


async def test_a_sign_in_ends_by_itself_after_thirty_days(desk: TicketsDesk) -> None:
    secret, _ = await desk.sign_ins.create("mia", "trial", "")
    await desk.clock.advance(days=30, seconds=-1)
    await desk.sign_ins.get(secret)

    await desk.clock.advance(seconds=1)

    with pytest.raises(SignedOut):
        await desk.sign_ins.get(secret)


async def test_a_disabled_person_is_signed_out(desk: TicketsDesk) -> None:
    secret, _ = await desk.sign_ins.create("mia", "trial", "")
    await desk.directory.upsert(SERVICE, replace(customer("mia", "Mia Torres", "acme"), disabled=True))

    with pytest.raises(SignedOut):
        await desk.sign_ins.get(secret)
    with pytest.raises(PersonDisabled):
        await desk.sign_ins.create("mia", "trial", "")


async def test_a_disabled_person_whom_the_trial_page_does_not_list_looks_missing(desk: TicketsDesk) -> None:  # spec 10.1
    await desk.directory.upsert(SERVICE, replace(customer("mia", "Mia Torres", "acme"), disabled=True, trial=False))

    with pytest.raises(PersonNotFound) as refused:
        await desk.sign_ins.create("mia", "trial", "")
    assert refused.value.code == "person_not_found"


async def test_only_trial_people_sign_in_by_trial(desk: TicketsDesk) -> None:  # spec 10.1
    await desk.directory.upsert(SERVICE, replace(customer("real", "Real", "acme"), trial=False))

    with pytest.raises(NotAllowed):
        await desk.sign_ins.create("real", "trial", "")


async def test_a_trial_sign_in_is_refused_while_trial_is_off() -> None:  # spec 10.1
    with pytest.raises(TrialOff):
        await TicketsDesk(trial=False).sign_ins.create("mia", "trial", "")


@pytest.mark.parametrize(("person_id", "method", "field"), [("", "trial", "person_id"), ("mia", "password", "method")])
async def test_an_invalid_argument_is_refused_by_its_field(desk: TicketsDesk, person_id: str, method: str, field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        await desk.sign_ins.create(person_id, method, "")

    assert refused.value.field == field


async def test_an_expired_sign_in_is_deleted_later(desk: TicketsDesk) -> None:  # spec 10.1, 10.5
    await desk.sign_ins.create("mia", "trial", "")
    sweep = SignInSweep(desk.sign_in_store, desk.clock, Metrics("tickets"))
    await desk.clock.advance(days=59)
    await sweep.once()
    assert len(desk.sign_in_store.kept) == 1

    await desk.clock.advance(days=2)
    await sweep.once()
    assert desk.sign_in_store.kept == {}
