"""Test notifications (spec 5.10)."""

from dataclasses import replace
from datetime import datetime

from servicekit.clock import Clock
from servicekit.identity import Caller, new_id
from services.notify.domain.access import is_engineer
from services.notify.domain.delivery import Delivery, placed
from services.notify.domain.errors import NoSuchPage, WrongArgument
from services.notify.domain.notification import TEST, Kind, Recipient
from services.notify.domain.page import Channel
from services.notify.domain.placement import Placement, Situation, choose
from services.notify.handlers.notifying import Notifying
from services.notify.ports import SubscribedPeople


class NotificationTests:
    def __init__(self, subscriptions: SubscribedPeople, notifying: Notifying, clock: Clock) -> None:
        self._subscriptions, self._notifying, self._clock = subscriptions, notifying, clock

    async def send(self, caller: Caller, connection_id: str, endpoint: str) -> str:
        """Sends a test to the caller's page, or to the browser with that subscription. Returns the id of the delivery.

        Raises WrongArgument unless exactly one is named, or when the subscription is not the caller's; and NoSuchPage.
        """
        if bool(connection_id) == bool(endpoint):
            raise WrongArgument("Name a page or a subscription.", field="endpoint" if endpoint else "connection_id")
        now, engineer = self._clock.now(), is_engineer(caller)
        id = f"test:{caller.id}:{new_id()}"
        delivery = Delivery(id, caller.desk_id, caller.id, "", Kind.TEST, 0, TEST, now, person_name=caller.name, engineer=engineer)
        if endpoint:
            placement = await self._by_push(caller, endpoint)
        else:
            placement = await self._on_page(caller, connection_id, now)
        delivery = placed(replace(delivery, endpoint=endpoint), placement, now)
        await self._notifying.add([delivery])
        return delivery.id

    async def _by_push(self, caller: Caller, endpoint: str) -> Placement:
        own = (await self._subscriptions.of_people([caller.id])).get(caller.id, ())
        if all(subscription.endpoint != endpoint for subscription in own):
            raise WrongArgument("It is not a subscription of yours.", field="endpoint")
        return Placement(Channel.WEB_PUSH, (), sound=True, show=True)

    async def _on_page(self, caller: Caller, connection_id: str, now: datetime) -> Placement:
        # The person asks for the test, so presence does not matter.
        recipient = Recipient(caller.id, caller.name, False)
        situation = (await self._notifying.situations(caller.desk_id, [recipient]))[caller.id]
        pages = [page for page in situation.pages if page.connection_id == connection_id]
        if not pages:
            raise NoSuchPage("You have no such page open.", field="connection_id")
        return choose(Kind.TEST, "", Situation(recipient, situation.preferences, pages, subscribed=False), now)
