"""The erasure of a person over all services: who began it, and how far each service has come (spec 10.6)."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.tickets.domain.directory import Person
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.people import Actor, Side

# In this order: tickets fetches the logs of chats once more, and notify receives the sessions without the person.
SERVICES = ("chat", "tickets", "notify")
DONE = "done"
# Of one step, which has far fewer, and of the position after it.
MAX_CHANGED, MAX_AFTER = 1_000_000, 500


@dataclass(frozen=True, slots=True)
class Share:
    """`changed`: how many documents the service changed or deleted. `after`: where it continues."""

    service: str
    changed: int = 0
    after: str = ""
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """`texts`: name, e-mail and phone of the person, while a service needs them. `version` increases with each report. `closed_at`: when
    the person had left the directory and was signed out everywhere."""

    person_id: str
    desk_id: str
    customer: bool
    requested_by: str
    requested_at: datetime
    texts: tuple[str, ...]
    shares: tuple[Share, ...] = tuple(Share(service) for service in SERVICES)
    version: int = 1
    closed_at: datetime | None = None

    @property
    def done_at(self) -> datetime | None:
        """When the last service had finished."""
        moments = [share.done_at for share in self.shares if share.done_at]
        return max(moments) if len(moments) == len(self.shares) else None

    @property
    def turn(self) -> str:
        """The service that has to work now; DONE after all of them."""
        return next((share.service for share in self.shares if share.done_at is None), DONE)

    @property
    def chat_finished_at(self) -> datetime | None:
        """Logs of chats that were fetched before this may still have the person in them."""
        return self.share("chat").done_at

    def share(self, service: str) -> Share:
        """Raises InvalidValue for a service that stores nothing of people."""
        found = next((share for share in self.shares if share.service == service), None)
        if found is None:
            raise InvalidValue("service", "There is no such service.")
        return found


def begun(person: Person, by: Actor, now: datetime) -> Erasure:
    texts = tuple(text for text in (person.name, person.email, person.phone) if text)
    customer = person.side is Side.CUSTOMER
    return Erasure(person_id=person.id, desk_id=person.desk_id, customer=customer, requested_by=by.id, requested_at=now, texts=texts)


def signed_out(erasure: Erasure, now: datetime) -> Erasure:
    return replace(erasure, closed_at=now, version=erasure.version + 1)


def reported(erasure: Erasure, service: str, changed: int, after: str, now: datetime) -> Erasure:
    """After a report. One that comes after the service had finished changes nothing. Raises InvalidValue."""
    share = erasure.share(service)
    if not 0 <= changed <= MAX_CHANGED:
        raise InvalidValue("changed", f"A step changes at most {MAX_CHANGED} documents.")
    if len(after) > MAX_AFTER:
        raise InvalidValue("after", f"Where a service continues has at most {MAX_AFTER} characters.")
    if share.done_at is not None:
        return erasure
    share = replace(share, changed=share.changed + changed, after=after, done_at=None if after else now)
    shares = tuple(share if each.service == service else each for each in erasure.shares)
    after_report = replace(erasure, shares=shares, version=erasure.version + 1)
    return replace(after_report, texts=()) if after_report.done_at else after_report
