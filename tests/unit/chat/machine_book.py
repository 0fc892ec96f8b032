"""Everything the state machine test has read of every session, and its comparison with the model."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy

from services.chat.domain import chain
from services.chat.domain.events import Entry, MessagePosted, TicketWished
from services.chat.domain.session import ChatSession
from tests.adapters.chat.story import state
from tests.unit.chat import model
from tests.unit.chat.machine_commands import CONSUMED, KINDS, OPENING, Asked, Reply, file_of

Moments = Mapping[str, list[model.Chat]]


class Book:
    """`issued`: each command by sender and id. `first`: the commands that were written, with their replies."""

    def __init__(self) -> None:
        self.issued: dict[tuple[str, str], Asked] = {}
        self.first: list[tuple[Asked, Reply]] = []
        self.logs: dict[str, list[Entry]] = {}
        self.models: dict[str, model.Chat] = {}

    def choose(self, number: int, sensible: bool, facts: model.Facts) -> Asked:
        """Returns a command for the current state; `sensible`: one that the model accepts. Never a command for an old session."""
        opening = [Asked(*kind) for kind in KINDS if kind[1] in OPENING]
        asked = [Asked(*kind, session_id) for session_id in list(self.models)[-3:] for kind in KINDS if kind[1] not in OPENING]
        live = sum(chat.status in ("waiting", "handled") for chat in self.models.values())
        some = asked if sensible and live > 1 else opening + asked
        turned = (some[(number + 7 * step) % len(some)] for step in range(len(some)))
        return next((one for one in turned if not sensible or self._accepted(one, facts)), some[number % len(some)])

    def _accepted(self, asked: Asked, facts: model.Facts) -> bool:
        if asked.act in OPENING:
            return _outcome(model.opened, asked.who, asked.act, asked.about, facts) == "accepted"
        chat = self.models[asked.session_id]
        if asked.act in CONSUMED:
            return chat.link == "pending" if asked.act == "linked" else chat.lone and asked.who in chat.inside
        return _outcome(model.do, copy(chat), asked.who, asked.act, asked.about, facts) == "accepted"

    def check(
        self,
        logs: Mapping[str, list[Entry]],
        lists: Mapping[str, ChatSession | None],
        published: Mapping[str, Sequence[int]],
        facts: model.Facts,
    ) -> Moments:
        """Reads the new entries of the logs, and the lists and the topic. Returns the states of each chat during the step."""
        moments = {id: [copy(chat)] for id, chat in self.models.items()}
        for session_id, log in logs.items():
            old = self.logs.get(session_id, [])
            if len(log) == len(old):
                continue
            assert log[: len(old)] == old, "a written entry has changed"
            _check_log(log, published.get(session_id, ()))
            for entry in log[len(old) :]:
                self._replay(session_id, entry, log, facts)
                if session_id in self.models:
                    moments.setdefault(session_id, []).append(copy(self.models[session_id]))
            assert lists[session_id] == state(log), "the lists differ from the log"
            self.logs[session_id] = list(log)
        holders = [(chat.customer, chat.ticket) for chat in self.models.values() if chat.one_of_a_kind]
        assert len(holders) == len(set(holders)), "two active chats"
        owed = {id: kinds for id, chat in self.models.items() if (kinds := model.due(chat, facts))}
        assert not owed, f"open obligations: {owed}"
        return moments

    def _replay(self, session_id: str, entry: Entry, log: list[Entry], facts: model.Facts) -> None:
        assert entry.at == facts.now
        chat = self.models.get(session_id)
        if entry.kind == "void":
            assert len(log) == 1
            return
        if chat is None:
            asked = self.issued[entry.by.id, entry.command_id]
            chat = self.models[session_id] = model.opened(entry.by.id, asked.act, asked.about, facts)
        elif entry.kind == "deadline":
            kind = entry.command_id.split(":")[1]
            seen_back = kind == "returned" and any(facts.states[person][0] != "offline" for person in chat.engineers)
            assert seen_back or kind in model.due(chat, facts), f"{kind} is not due"
            model.apply_system(chat, kind, facts)
        elif entry.kind in ("ticket_linked", "returned"):
            assert chat.link == "pending" if entry.kind == "ticket_linked" else chat.lone
            model.apply_system(chat, entry.kind, facts)
        else:
            asked = self.issued[entry.by.id, entry.command_id]
            assert asked.session_id == session_id
            assert model.do(chat, entry.by.id, asked.act, asked.about, facts), "written, although nothing changed"
        after = state(log[: entry.revision])
        assert _seen(after) == _wanted(chat), f"{entry.by.id} {entry.kind} gives {_seen(after)}, the model gives {_wanted(chat)}"

    def explain(self, asked: Asked, reply: Reply, moments: Moments, facts: model.Facts) -> None:
        """Asserts that the reply was right at some moment of the step."""
        log = self.logs.get(reply.session_id, [])
        if asked.act in CONSUMED:
            assert reply.code in ("", "session_not_found")
        elif reply.revision:
            entry = log[reply.revision - 1]
            assert (entry.by.id, entry.command_id) == (asked.who, asked.id), "not its own first result"
        elif reply.existing:
            claim = (asked.who, asked.about if asked.act == "request" else "")
            assert any(chat.one_of_a_kind and (chat.customer, chat.ticket) == claim for chat in moments[reply.session_id])
        elif asked.act in OPENING:
            assert reply.code == _outcome(model.opened, asked.who, asked.act, asked.about, facts)
        elif asked.session_id not in moments:
            assert reply.code in ("session_not_found", "wrong_side")
        else:
            outcomes = [_outcome(model.do, copy(chat), asked.who, asked.act, asked.about, facts) for chat in moments[asked.session_id]]
            assert (reply.code or "nothing") in outcomes, f"{asked}: {reply}, but {outcomes}"
        if reply.revision and (asked, reply) not in self.first:
            self.first.append((asked, reply))


def _check_log(log: list[Entry], published: Sequence[int]) -> None:
    assert [entry.revision for entry in log] == list(range(1, len(log) + 1)), "a gap"
    assert chain.verify(log) == len(log), "the chain is broken"
    for entry in log:
        files = [file.id for event in entry.events if isinstance(event, MessagePosted) for file in event.files]
        assert files in ([], [file_of(entry.command_id)]), "a file of another message"
    assert sum(isinstance(event, TicketWished) for entry in log for event in entry.events) <= 1, "two logs wished"
    newest = 0
    for revision in published:
        assert revision <= newest + 1, "n+1 was published before n"
        newest = max(newest, revision)
    assert newest == len(log), "the topic lacks an entry"


def _outcome(act: Callable[..., object], *args: object) -> str:
    try:
        return "accepted" if act(*args) else "nothing"
    except model.No as refused:
        return str(refused)


def _seen(session: ChatSession) -> tuple[object, ...]:
    closer = session.close_record.by.id if session.close_record else ""
    inside, invited = ([person.id for person in people] for people in (session.participants, session.invited))
    taken_by = session.taken_by.id if session.taken_by else ""
    past, open = [str(status) for status in session.past_statuses], session.transfer
    transfer = (open.by.id, *(person.id for person in open.asked), open.at) if open else None
    return (session.status, past, inside, invited, transfer, taken_by, session.offer, session.unattended, closer, session.ticket_link)


def _wanted(chat: model.Chat) -> tuple[object, ...]:
    return (chat.status, chat.past, chat.inside, chat.invited, chat.transfer, chat.taken_by, chat.offer, chat.lone, chat.closer, chat.link)
