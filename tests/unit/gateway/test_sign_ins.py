"""The cache of sign-ins: how long an entry is used, and what invalidates it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.errors import Unauthenticated, Unavailable
from services.gateway.domain.site import App
from services.gateway.errors import NotSignedIn
from services.gateway.handlers.sign_ins import SignIns
from tests.fakes.clock import START, TurnedClock


class FakeDirectory:
    """Responds to GetSignIn from a dict of secret -> sign-in."""

    def __init__(self) -> None:
        self.sign_ins_by_secret: dict[str, directory.SignIn] = {}
        self.calls = 0
        self.down = False
        self.answer_when = asyncio.Event()
        self.answer_when.set()

    async def call(self, method: str, request: Any, by: Any = None) -> Any:
        assert method == "GetSignIn" and by is None
        self.calls += 1
        found = self.sign_ins_by_secret.get(request.secret)
        await self.answer_when.wait()
        if self.down:
            raise Unavailable("down")
        if found is None:
            raise Unauthenticated("Nobody.")
        return directory.GetSignInResponse(sign_in=found)

    def stream(self, method: str, request: Any, by: Any) -> Any:
        raise NotImplementedError(method)


@pytest.fixture
def service() -> FakeDirectory:
    made = FakeDirectory()
    desk = directory.Desk(id="desk")
    mia = directory.DirectoryPerson(id="mia", name="Mia", kind=directory.PERSON_KIND_CUSTOMER, company_id="acme")
    access = directory.Access(company_ids=["acme"], all_boards=True)
    bo = directory.DirectoryPerson(id="bo", name="Bo", kind=directory.PERSON_KIND_ENGINEER, role=directory.ROLE_SUPERVISOR, access=access)
    made.sign_ins_by_secret = {
        "mia's": directory.SignIn(id="1", person=mia, desk=desk),
        "bo's": directory.SignIn(id="2", person=bo, desk=desk),
    }
    for sign_in in made.sign_ins_by_secret.values():
        sign_in.expires_at.FromDatetime(START + timedelta(hours=1))
    return made


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def sign_ins(service: FakeDirectory, clock: TurnedClock) -> SignIns:
    return SignIns(service, clock, trial=True)


async def test_a_person_acts_with_the_access_that_the_directory_names(sign_ins: SignIns) -> None:  # spec 2.10, 10.2
    bo = (await sign_ins.who(App.TECH, "bo's")).caller
    assert (bo.kind, bo.id, bo.desk_id, bo.role, bo.sign_in_id) == ("engineer", "bo", "desk", "supervisor", "2")
    assert (bo.companies, bo.boards) == (frozenset({"acme"}), None)
    mia = (await sign_ins.who(App.PORTAL, "mia's")).caller
    assert (mia.kind, mia.company_id, mia.role) == ("customer", "acme", "")


@pytest.mark.parametrize("app, secret", [(App.TECH, "mia's"), (App.PORTAL, "bo's"), (App.TECH, "forged"), (App.TECH, "")])
async def test_a_cookie_of_the_other_app_is_refused_like_a_forged_one(sign_ins: SignIns, app: App, secret: str) -> None:  # spec 10.2
    with pytest.raises(NotSignedIn):
        await sign_ins.who(app, secret)


async def test_a_sign_in_is_cached_for_half_a_minute(sign_ins: SignIns, service: FakeDirectory, clock: TurnedClock) -> None:
    await sign_ins.who(App.PORTAL, "mia's")
    service.down = True
    await clock.advance(29)
    await sign_ins.who(App.PORTAL, "mia's")
    await clock.advance(1)
    with pytest.raises(Unavailable):
        await sign_ins.who(App.PORTAL, "mia's")


async def test_a_sign_in_with_an_open_socket_is_cached_for_five_minutes(service: FakeDirectory, clock: TurnedClock) -> None:
    connected = {"1"}
    sign_ins = SignIns(service, clock, connected.__contains__, trial=True)
    await sign_ins.who(App.PORTAL, "mia's")
    await sign_ins.who(App.TECH, "bo's")
    service.down = True
    await clock.advance(minutes=4, seconds=59)
    await sign_ins.who(App.PORTAL, "mia's")
    with pytest.raises(Unavailable):
        await sign_ins.who(App.TECH, "bo's")
    connected.clear()
    with pytest.raises(Unavailable):
        await sign_ins.who(App.PORTAL, "mia's")
    connected.add("1")
    await clock.advance(1)
    with pytest.raises(Unavailable):
        await sign_ins.who(App.PORTAL, "mia's")


async def test_a_sign_in_is_not_cached_beyond_its_own_end(
    sign_ins: SignIns, service: FakeDirectory, clock: TurnedClock
) -> None:  # spec 10.1
    await clock.advance(hours=1, seconds=-10)
    await sign_ins.who(App.PORTAL, "mia's")
    await clock.advance(10)
    service.down = True
    with pytest.raises(Unavailable):
        await sign_ins.who(App.PORTAL, "mia's")


async def test_an_end_invalidates_the_cache_at_once(sign_ins: SignIns, service: FakeDirectory) -> None:
    await sign_ins.who(App.PORTAL, "mia's")
    sign_ins.ended("1")
    with pytest.raises(NotSignedIn):
        await sign_ins.who(App.PORTAL, "mia's")


async def test_a_response_in_flight_does_not_restore_an_ended_sign_in(sign_ins: SignIns, service: FakeDirectory) -> None:
    service.answer_when.clear()
    asking = asyncio.create_task(sign_ins.who(App.PORTAL, "mia's"))
    await asyncio.sleep(0)
    sign_ins.ended("1")
    service.answer_when.set()
    with pytest.raises(NotSignedIn):
        await asking


async def test_a_change_during_the_call_is_fetched_again(sign_ins: SignIns, service: FakeDirectory) -> None:
    service.answer_when.clear()
    asking = asyncio.create_task(sign_ins.who(App.TECH, "bo's"))
    await asyncio.sleep(0)
    sign_ins.person_changed("bo")
    service.answer_when.set()
    await asking
    await sign_ins.who(App.TECH, "bo's")
    assert service.calls == 2


async def test_a_change_of_a_company_invalidates_the_sign_ins_of_its_people(
    sign_ins: SignIns, service: FakeDirectory
) -> None:  # spec 9.4, 10.10
    service.sign_ins_by_secret["mia's"].company.shared_tickets = True
    assert (await sign_ins.who(App.PORTAL, "mia's")).sign_in.company.shared_tickets
    now = directory.SignIn()
    now.CopyFrom(service.sign_ins_by_secret["mia's"])
    now.company.shared_tickets = False
    service.sign_ins_by_secret["mia's"] = now
    sign_ins.company_changed("other", "acme")
    assert (await sign_ins.who(App.PORTAL, "mia's")).sign_in.company.shared_tickets
    sign_ins.company_changed("desk", "acme")
    assert not (await sign_ins.who(App.PORTAL, "mia's")).sign_in.company.shared_tickets
