"""All services call each other by TLS, and go on while their certificates are replaced."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.engines import KafkaEngine, StoreEngine
from stack.services import Stack
from stack.unlimited import UNLIMITED
from tests.fakes.certificates import Authority
from tests.journeys.desk import TestDesk

pytestmark = pytest.mark.stops_services


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "tls")


@pytest.fixture
def secure(
    authority: Authority, tmp_path: Path, kafka_engine: KafkaEngine, store_engine: StoreEngine, mongo_prefix: str
) -> Iterator[Stack]:
    """One replica of each service, on topics and databases of its own."""
    signed = authority.sign("parley")
    env = {
        **UNLIMITED,
        **kafka_engine.settings,
        **store_engine.settings,
        "PARLEY_MONGO_PREFIX": mongo_prefix,
        "PARLEY_TICKETS_TRIAL": "true",
        "PARLEY_TLS_CERT": signed.cert,
        "PARLEY_TLS_KEY": signed.key,
        "PARLEY_TLS_CA": authority.ca,
    }
    with Stack(tmp_path, kafka=None, store=None, env=env) as stack:
        yield stack


async def test_a_chat_goes_on_while_certificates_are_replaced(secure: Stack, authority: Authority, unique: str) -> None:  # spec 10.3
    desk = TestDesk(secure, unique)
    await desk.make()
    mia, ava = await desk.pages("mia", "ava")
    session_id = await desk.handled(mia, ava)
    await mia.post(session_id, "before").accepted

    authority.sign("parley")

    await mia.post(session_id, "after").accepted
    held = ava.session(session_id)
    await ava.until(lambda: [text for _, text in held.messages][-2:] == ["before", "after"], "both messages")
    await desk.close()
