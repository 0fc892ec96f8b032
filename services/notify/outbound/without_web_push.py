"""Nobody has Web Push. The subscriptions replace it."""

from collections.abc import Mapping, Sequence
from typing import Any

from servicekit.errors import Unavailable
from servicekit.identity import Caller


class WithoutWebPush:
    """The port SubscribedPeople, and the handler of subscriptions."""

    async def of_people(self, person_ids: Sequence[str]) -> Mapping[str, Sequence[Any]]:
        return {}

    async def subscribe(self, caller: Caller, *, endpoint: str, p256dh: str, auth: str, browser_id: str) -> None:
        raise Unavailable("There is no Web Push.")

    async def unsubscribe(self, caller: Caller, endpoint: str) -> None:
        raise Unavailable("There is no Web Push.")

    async def public_key(self) -> str:
        raise Unavailable("There is no Web Push.")
