"""Publishes notifications for pages: a record for each, all in one batch."""

from collections.abc import Sequence

from servicekit.clock import Clock
from servicekit.kafka_publisher import Publisher
from services.notify.delivery_contract import notification_record
from services.notify.domain.delivery import Delivery


class KafkaSender:
    """The port NotificationSender."""

    def __init__(self, publisher: Publisher, clock: Clock) -> None:
        self._publisher, self._clock = publisher, clock

    async def send(self, deliveries: Sequence[Delivery]) -> None:
        now = self._clock.now()
        await self._publisher.publish([notification_record(delivery, now) for delivery in deliveries])
