"""The store of sign-ins."""

from dataclasses import replace
from datetime import timedelta

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
