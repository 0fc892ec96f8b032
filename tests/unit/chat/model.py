"""A second, simple implementation of the rules of spec 2 to 4 for one chat. The state machine test compares the service with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

COMPANY = {"mia": "acme", "leo": "acme", "zoe": "globex"}  # the customers
ENGINEERS = ("ava", "sam", "bo")  # bo may see acme alone
TICKETS = {"t-vpn": "mia", "t-old": "mia", "t-move": "zoe"}  # t-old is closed
FOR_ENGINEERS = ("push", "take", "also", "invite", "transfer", "answer_transfer", "end", "close", "amend")
FOR_CUSTOMERS = ("request", "callback", "call_back")
TWO_MINUTES, FIVE_MINUTES, HALF_MINUTE, MINUTE = (timedelta(seconds=seconds) for seconds in (120, 300, 30, 60))


class No(Exception):
    """A refusal with this code."""


@dataclass
class Facts:
    """The facts while a command is decided. `states`: person -> (presence, since when). `shut`: outside support hours."""

    now: datetime
    states: Mapping[str, tuple[str, datetime]]
    single: bool = False
    always: bool = False
    shut: bool = False
    refuse: bool = False

    def there(self, person: str) -> bool:
        return self.states[person][0] in ("online", "away")

    def gone(self, people: Iterable[str], since: datetime, span: timedelta) -> bool:
        """Whether all were offline for that long, and not before `since`."""
        states = [self.states[person] for person in people]
        return all(state == "offline" and max(since, began) + span <= self.now for state, began in states)


@dataclass
class Chat:
    push: bool
    customer: str
    opener: str
    ticket: str
    status: str
    opened: datetime
    since: datetime
    past: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    invited: list[str] = field(default_factory=list)
    # Who asked whom to take the chat over, and when.
    transfer: tuple[str, str, datetime] | None = None
    taken_by: str = ""
    offer: str = ""
    offered: datetime | None = None
    last_post: datetime | None = None
    lone: bool = False
    lone_since: datetime | None = None
    attended: datetime | None = None
    closer: str = ""
    link: str = ""
    asked: datetime | None = None
    older: bool = False

    @property
    def engineers(self) -> list[str]:
        return [person for person in self.inside if person in ENGINEERS]

    @property
    def one_of_a_kind(self) -> bool:
        """Whether the rule of one active chat (spec 2.3) applies."""
        return not self.push and self.status in ("waiting", "handled") and self.customer in self.inside

    def move(self, status: str, now: datetime) -> None:
        self.past, self.status, self.since, self.offer = [*self.past, self.status], status, now, ""

    def enter(self, person: str) -> None:
        self.inside = [*(one for one in self.inside if one != person), person]
        self.invited = [one for one in self.invited if one != person]
        self.transfer = None if self.transfer and self.transfer[1] == person else self.transfer

    def exit(self, person: str) -> None:
        self.inside = [one for one in self.inside if one != person]
        self.transfer = None if self.transfer and self.transfer[0] == person else self.transfer

    def attend(self, by: str, now: datetime) -> None:
        self.lone, self.attended, self.taken_by = False, now, by or self.taken_by


def opened(by: str, act: str, ticket: str, facts: Facts) -> Chat:
    if (act == "push") != (by in ENGINEERS):
        raise No("wrong_side")
    customer = TICKETS.get(ticket, "") if ticket or act == "push" else by
    if not customer or (act != "push" and customer != by) or (by == "bo" and COMPANY[customer] != "acme"):
        raise No("ticket_not_found")
    if ticket == "t-old":
        raise No("ticket_closed")
    if act == "push" and facts.states[customer][0] != "online":
        raise No("customer_not_online")
    if act == "request" and facts.shut and facts.refuse:
        raise No("outside_hours")
    status = "callback" if act == "callback" else "waiting"
    chat = Chat(act == "push", customer, by, ticket, status, facts.now, facts.now, inside=[by], last_post=facts.now)
    if act == "request" and facts.shut:
        chat.offer, chat.offered = "outside_hours", facts.now
    return chat


def sees(chat: Chat, by: str) -> bool:
    if by in COMPANY:
        return chat.customer == by
    hidden = chat.push and chat.status == "waiting" and by != chat.opener
    return not hidden and (by != "bo" or COMPANY[chat.customer] == "acme")


def reads(chat: Chat, by: str) -> bool:
    """Whether a person may read the chat. A customer who left an ended chat without a ticket may not (spec 8.3)."""
    over = chat.status == "completed" and by not in chat.inside and not (chat.ticket or chat.link == "attached")
    return sees(chat, by) and not (by in COMPANY and over)


def do(chat: Chat, by: str, act: str, about: str, facts: Facts) -> bool:
    """Changes the chat and returns whether anything changed. After a No the chat must be discarded."""
    if act in (FOR_CUSTOMERS if by in ENGINEERS else FOR_ENGINEERS):
        raise No("wrong_side")
    if not reads(chat, by):
        raise No("session_not_found")
    inside, now, active = by in chat.inside, facts.now, chat.status in ("waiting", "handled")
    match act:
        case "take" | "also":
            if inside and active:
                followed = chat.lone
                if chat.lone:
                    chat.attend(by, now)
                return followed
            if chat.status == "waiting":
                chat.move("handled", now)
                chat.taken_by = by
            elif chat.status != "handled":
                late = chat.status == "completed" and act == "take" and chat.taken_by not in ("", by)
                raise No("joined_first" if late else "step_not_allowed")
            elif chat.lone:
                chat.attend(by, now)
            elif act == "take" and chat.taken_by != by:
                raise No("joined_first")
            elif facts.single and by not in chat.invited:
                raise No("invitation_needed")
            chat.enter(by)
        case "post" | "post_file":
            _refuse_unless(active, "step_not_allowed")
            _refuse_unless(inside, "not_in_session")
            chat.last_post = now
            if chat.offer == "no_activity":
                chat.offer = ""
            if chat.lone and by in ENGINEERS:
                chat.attend(by, now)
        case "leave":
            if not inside:
                return False
            chat.exit(by)
            if active and by in COMPANY:
                _refuse_unless(bool(chat.offer) or facts.always, "leave_not_offered")
                chat.offer = ""
            if chat.status == "handled" and by in ENGINEERS:
                _refuse_unless(any(facts.there(other) for other in chat.engineers), "last_engineer")
            if chat.status == "waiting":
                chat.move("abandoned", now)
        case "call_back":
            _refuse_unless(chat.status == "waiting" and not chat.push, "step_not_allowed")
            chat.move("callback", now)
        case "accept" | "decline" | "withdraw":
            _refuse_unless(chat.status == "waiting" and chat.push, "step_not_allowed")
            _refuse_unless(by == (chat.opener if act == "withdraw" else chat.customer), "not_yours")
            chat.move("handled" if act == "accept" else "abandoned", now)
            if act == "accept":
                chat.enter(by)
                chat.taken_by = chat.opener
        case "invite" | "transfer":
            _refuse_unless(about != "bo" or COMPANY[chat.customer] == "acme", "no_access")
            _refuse_unless(inside, "not_in_session")
            _refuse_unless(chat.status == "handled", "step_not_allowed")
            _refuse_unless(act == "invite" or chat.transfer is None, "transfer_open")
            _refuse_unless(about not in chat.inside, "already_in_session")
            _refuse_unless(facts.there(about), "not_reachable")
            if act == "transfer":
                chat.transfer = by, about, now
            elif about in chat.invited:
                return False
            else:
                chat.invited = [*chat.invited, about]
        case "answer_transfer":
            if chat.transfer is None:
                raise No("transfer_over")
            asker, asked, _ = chat.transfer
            _refuse_unless(by == (asker if about == "withdraw" else asked), "not_yours")
            chat.transfer = None
            if about == "accept":
                chat.enter(by)
                chat.exit(asker)
                chat.taken_by = by
                chat.attended, chat.lone = (now, False) if chat.lone else (chat.attended, False)
        case "end" | "close":
            _refuse_unless(chat.status not in ("waiting", "completed"), "step_not_allowed")
            if chat.status != "handled":
                _refuse_unless(act == "close", "note_needed")
            else:
                _refuse_unless(inside, "not_in_session")
                _refuse_unless(not chat.ticket or (act, about) == ("end", "own"), "on_ticket")
                _refuse_unless(bool(chat.ticket) or (act, about) in (("end", "none"), ("end", "create")), "ending_needed")
                if about != "none":
                    chat.link, chat.asked = "pending", now
            if chat.lone:
                chat.attend(by, now)
            chat.move("completed", now)
            chat.invited, chat.transfer, chat.closer = [], None, by
        case "amend":
            _refuse_unless(chat.status == "completed", "step_not_allowed")
            _refuse_unless(chat.closer == by, "not_the_closer")
    return True


def due(chat: Chat, facts: Facts) -> set[str]:
    """Returns the commands of the system that are due. Absence is checked every half minute, because an event may be lost."""
    now, owed = facts.now, set[str]()
    if chat.status == "waiting" and chat.push:
        owed |= {"push_expiry"} if chat.since + TWO_MINUTES <= now else set()
    elif chat.status == "waiting":
        wanted = "outside_hours" if facts.shut else "nobody_there"
        soon = not facts.shut and chat.opened + timedelta(seconds=40) > now
        overdue = chat.offer != wanted and not soon and (chat.offered is None or chat.offered < now)
        owed |= {"outside_hours" if facts.shut else "no_answer"} if overdue else set()
        owed |= {"waiting_gone"} if facts.gone([chat.customer], chat.since, FIVE_MINUTES) else set()
    elif chat.status == "handled":
        quiet = max(chat.since, chat.last_post or chat.since) + timedelta(hours=1) <= now
        owed |= {"idle"} if quiet and not chat.offer and chat.customer in chat.inside else set()
        if not chat.lone:
            owed |= {"unattended"} if facts.gone(chat.engineers, max(chat.since, chat.attended or chat.since), TWO_MINUTES) else set()
        elif chat.lone_since:
            back = [began for state, began in (facts.states[person] for person in chat.engineers) if state != "offline"]
            owed |= {"returned"} if any(max(began, chat.lone_since) + HALF_MINUTE <= now for began in back) else set()
    elif chat.link == "pending" and chat.asked:
        waited = (chat.asked - chat.since).total_seconds()
        owed |= {"ticket_ask"} if chat.asked + timedelta(seconds=min(max(10, waited), 600)) <= now else set()
    if chat.transfer and chat.transfer[2] + MINUTE <= now:
        owed |= {"transfer_expiry"}
    if chat.status in ("completed", "abandoned") and chat.inside:
        owed |= {"leave"} if chat.since + timedelta(minutes=30) <= now else set()
    if chat.status in ("abandoned", "callback") and not chat.older:
        owed |= {"older"} if chat.since + timedelta(days=2) <= now else set()
    return owed


def apply_system(chat: Chat, kind: str, facts: Facts) -> None:
    """Applies a deadline or an event of another service."""
    match kind:
        case "no_answer" | "outside_hours":
            chat.offer, chat.offered = {"no_answer": "nobody_there"}.get(kind, kind), facts.now
        case "idle":
            chat.offer, chat.offered = "no_activity", facts.now
        case "push_expiry" | "waiting_gone":
            chat.move("abandoned", facts.now)
        case "unattended":
            chat.lone, chat.lone_since = True, facts.now
        case "returned":
            chat.attend("", facts.now)
        case "ticket_ask":
            chat.asked = facts.now
        case "leave":
            chat.inside = []
        case "transfer_expiry":
            chat.transfer = None
        case "older":
            chat.older = True
        case "ticket_linked":
            chat.link = "attached"


def _refuse_unless(holds: bool, code: str) -> None:
    if not holds:
        raise No(code)
