"""`python -m services.tickets.erase PERSON` erases a person from all services, and says how far it has come (spec 10.6).

It writes to the database of tickets and needs the settings of MongoDB only (and PARLEY_KAFKA, as `python -m services prepare` does). The
running services do the work.
"""

import argparse
import asyncio
import os
import time

from servicekit.back_ends import BackEndSettings
from servicekit.clock import SystemClock
from servicekit.errors import Unavailable
from servicekit.metrics import Metrics
from servicekit.mongo import Mongo
from servicekit.settings import SettingsError, load
from services.tickets.domain.erasure import Erasure
from services.tickets.domain.errors import TicketsError
from services.tickets.domain.people import OPERATOR
from services.tickets.handlers.erasures import ErasureHandlers
from services.tickets.outbound.mongo_directory import MongoDirectory
from services.tickets.outbound.mongo_erasures import MongoErasures
from services.tickets.outbound.mongo_sign_ins import MongoSignIns

DONE, WAITS, FAILED = 0, 1, 2
LOOK_EVERY_SECONDS = 1.0


async def erase(person_id: str, settings: BackEndSettings, *, only_look: bool, wait: float) -> Erasure:
    """Begins the erasure, unless `only_look`, and returns its state when it is done or after `wait` seconds. Raises TicketsError or
    Unavailable."""
    mongo, deadline = Mongo.from_settings(settings, "tickets", {}, Metrics("tickets")), time.monotonic() + wait
    try:
        erasures = ErasureHandlers(MongoErasures(mongo), MongoDirectory(mongo), MongoSignIns(mongo), SystemClock())
        erasure = await (erasures.get if only_look else erasures.begin)(OPERATOR, person_id)
        while erasure.done_at is None and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            erasure = await erasures.get(OPERATOR, person_id)
        return erasure
    finally:
        await mongo.stop()


def report(erasure: Erasure) -> str:
    """The state for the operator, one line for each service."""
    lines = [
        f"{share.service}: {'done' if share.done_at else 'not done'}, {share.changed} documents changed or deleted"
        for share in erasure.shares
    ]
    return "\n".join([f"Erasure of {erasure.person_id}: {'done' if erasure.done_at else 'in progress'}", *lines])


def main() -> None:
    """Exits with 0 when everything is erased, 1 while services still work on it, 2 when it could not begin."""
    parser = argparse.ArgumentParser(prog="python -m services.tickets.erase", description="Erase a person from all services, for good.")
    parser.add_argument("person", help="the id of the person")
    parser.add_argument("--status", action="store_true", help="erase nobody; say how far an erasure has come")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to wait until everything is erased (default 0)")
    given = parser.parse_args()
    try:
        settings = load(BackEndSettings, os.environ)
        erasure = asyncio.run(erase(given.person, settings, only_look=given.status, wait=given.wait))
    except (SettingsError, TicketsError, Unavailable) as error:
        parser.exit(FAILED, f"{error}\n")
    print(report(erasure))
    parser.exit(DONE if erasure.done_at else WAITS)


if __name__ == "__main__":
    main()
