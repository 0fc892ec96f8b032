"""The store of sign-ins."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from services.tickets.domain.refresh import TAKEN_FOR, Refresh
from services.tickets.domain.sign_in import SignIn, hash_of
from tests.adapters.tickets.conftest import Ports
from tests.unit.tickets.desk import AT, HARBOUR


async def test_a_sign_in_is_found_by_its_hash_and_ends_once(ports: Ports) -> None:  # spec 10.1
    sign_in = SignIn(
        id="i1",
        secret_hash=hash_of("secret"),
        desk_id=HARBOUR,
        person_id="mia",
        method="trial",
        address="192.0.2.1",
        created_at=AT,
        expires_at=AT + timedelta(days=30),
        sealed_id_token="sealed",
    )
    await ports.sign_ins.add(sign_in)

    assert await ports.sign_ins.with_hash(hash_of("secret")) == sign_in
    assert await ports.sign_ins.with_hash(hash_of("other")) is None
    assert await ports.sign_ins.of_person("mia", AT) == [sign_in]
    assert await ports.sign_ins.of_person("mia", AT - timedelta(seconds=1)) == await ports.sign_ins.of_person("leo", AT) == []
    await ports.sign_ins.end(sign_in, AT, "mia")
    await ports.sign_ins.end(sign_in, AT, "mia")
    assert await ports.sign_ins.with_hash(hash_of("secret")) == replace(sign_in, ended=True, sealed_id_token="")
    assert await ports.sign_ins.of_person("mia", AT) == []


def refreshed(id: str, minutes: int) -> SignIn:
    """A sign-in whose refresh is due after so many minutes."""
    return SignIn(
        id=id,
        secret_hash=hash_of(id),
        desk_id=HARBOUR,
        person_id="mia",
        method="openid:acme",
        address="",
        created_at=AT,
        expires_at=AT + timedelta(days=30),
        refresh=Refresh.begin(f"sealed {id}", timedelta(minutes=minutes), AT),
    )


async def test_a_sign_in_that_is_due_is_taken_once(ports: Ports) -> None:  # spec 10.1
    async def taken_at(minutes: int, limit: int = 10) -> list[SignIn]:
        return await ports.sign_ins.take_due(AT + timedelta(minutes=minutes), limit)

    for id, minutes in (("later", 30), ("first", 10), ("second", 20), ("ended", 5)):
        await ports.sign_ins.add(refreshed(id, minutes))
    await ports.sign_ins.add(replace(refreshed("never", 1), refresh=None))
    await ports.sign_ins.end(refreshed("ended", 5), AT, "mia")
    assert await taken_at(9) == []

    answers = await asyncio.gather(*(taken_at(20) for _ in range(4)))

    first, second = sorted((taken for answer in answers for taken in answer), key=lambda taken: taken.id)
    assert (first.id, second.id, await taken_at(20)) == ("first", "second", [])
    assert first.refresh is not None and first.refresh.next_at == AT + timedelta(minutes=20) + TAKEN_FOR
    assert await ports.sign_ins.taken("first", first.refresh.next_at) == first
    assert await ports.sign_ins.taken("first", AT) is None
    following = Refresh.begin("sealed anew", timedelta(minutes=25), AT)
    assert await ports.sign_ins.put_refresh(first, following)
    assert not await ports.sign_ins.put_refresh(first, following)
    # The longest due first: the second one's gateway did not finish it.
    assert [[taken.id for taken in await taken_at(30, 1)] for _ in range(4)] == [["second"], ["first"], ["later"], []]
    await ports.sign_ins.end(second, AT, "mia")
    assert not await ports.sign_ins.put_refresh(second, None)


async def test_ended_sign_ins_that_keep_their_refresh_hold_up_no_other(ports: Ports) -> None:  # spec 10.1
    for number in range(3):
        # As a replica of the version before ends one.
        await ports.sign_ins.add(replace(refreshed(f"ended {number}", 1), ended=True))
    await ports.sign_ins.add(refreshed("due", 2))
    assert [taken.id for taken in await ports.sign_ins.take_due(AT + timedelta(minutes=3), 2)] == ["due"]


async def test_expired_sign_ins_are_removed_and_the_others_are_kept(ports: Ports) -> None:  # spec 10.5
    def sign_in(id: str, days: int) -> SignIn:
        return SignIn(
            id=id,
            secret_hash=hash_of(id),
            desk_id=HARBOUR,
            person_id="mia",
            method="trial",
            address="",
            created_at=AT,
            expires_at=AT + timedelta(days=days),
        )

    for made in (sign_in("over", 1), sign_in("ended", 1), sign_in("lasts", 30)):
        await ports.sign_ins.add(made)
    await ports.sign_ins.end(sign_in("ended", 1), AT, "mia")

    assert await ports.sign_ins.remove_expired(AT + timedelta(days=2)) == 2
    assert await ports.sign_ins.with_hash(hash_of("over")) is None
    assert await ports.sign_ins.with_hash(hash_of("ended")) is None
    assert await ports.sign_ins.with_hash(hash_of("lasts")) == sign_in("lasts", 30)
