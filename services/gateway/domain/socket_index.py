"""Finds the sockets of this replica by person, desk, company, sign-in, followed session and person on screen."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from services.gateway.domain.access import Viewer, is_engineer


class Member(Protocol):
    """The part of a socket that the index uses."""

    @property
    def viewer(self) -> Viewer: ...


K = TypeVar("K", bound=Hashable)
M = TypeVar("M", bound=Member)


class Grants(Generic[M]):
    """What the pages request by id, stored apart from what is granted of it."""

    def __init__(self) -> None:
        self._requested: dict[M, frozenset[str]] = {}
        self._granted: dict[M, frozenset[str]] = {}
        self._granted_to: dict[tuple[str, str], set[M]] = {}
        # Incremented with each change of what is requested or granted.
        self.changes = 0

    def request(self, member: M, ids: frozenset[str]) -> None:
        """Replaces what the socket's page requests, whether or not its person may see it."""
        self._requested[member] = ids
        self.changes += 1

    def grant(self, member: M, ids: frozenset[str]) -> None:
        """Replaces what the socket receives, all of which its person may see."""
        self.changes += 1
        desk_id = member.viewer.desk_id
        before = self._granted.pop(member, frozenset())
        for gone in before - ids:
            _drop(self._granted_to, (desk_id, gone), member)
        for new in ids - before:
            self._granted_to.setdefault((desk_id, new), set()).add(member)
        if ids:
            self._granted[member] = ids

    def remove(self, member: M) -> None:
        self.grant(member, frozenset())
        self._requested.pop(member, None)

    def requested(self, member: M) -> frozenset[str]:
        return self._requested.get(member, frozenset())

    def granted(self, member: M) -> frozenset[str]:
        return self._granted.get(member, frozenset())

    def granted_to(self, desk_id: str, id: str) -> Collection[M]:
        """The sockets to which it is granted."""
        return self._granted_to.get((desk_id, id), ())


class SocketIndex(Generic[M]):
    """Keys include the desk, so that equal ids of two desks stay apart; except a sign-in's, whose id is unique.

    `sessions` are those that pages have open, `people` those that they have on screen.
    """

    def __init__(self) -> None:
        self._all: dict[M, None] = {}
        self._index: dict[tuple[str, ...], set[M]] = {}
        self.sessions: Grants[M] = Grants()
        self.people: Grants[M] = Grants()
        self._changes = 0

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[M]:
        return iter(list(self._all))

    def __contains__(self, member: M) -> bool:
        return member in self._all

    @property
    def changes(self) -> int:
        """Grows with each change of what decides who receives a session's entries: sockets, their viewers, and followed sessions."""
        return self._changes + self.sessions.changes

    def add(self, member: M) -> None:
        self._changes += 1
        self._all[member] = None
        for key in _keys(member):
            self._index.setdefault(key, set()).add(member)

    def remove(self, member: M) -> None:
        """Removes the socket, what it requests and its grants. A repeat changes nothing."""
        if member not in self._all:
            return
        self._changes += 1
        del self._all[member]
        for key in _keys(member):
            _drop(self._index, key, member)
        self.sessions.remove(member)
        self.people.remove(member)

    def renew(self, member: M, change: Callable[[], None]) -> None:
        """`change` gives the socket a viewer with other access: its requests are kept, its grants removed."""
        sessions, people = self.sessions.requested(member), self.people.requested(member)
        self.remove(member)
        change()
        self.add(member)
        self.sessions.request(member, sessions)
        self.people.request(member, people)

    def desks(self) -> set[str]:
        return {member.viewer.desk_id for member in self._all}

    def engineers(self, desk_id: str) -> Collection[M]:
        return self._index.get(("engineers", desk_id), ())

    def of_person(self, desk_id: str, person_id: str) -> Collection[M]:
        return self._index.get(("person", desk_id, person_id), ())

    def of_company(self, desk_id: str, company_id: str) -> Collection[M]:
        """The company's customers."""
        return self._index.get(("company", desk_id, company_id), ())

    def of_sign_in(self, sign_in_id: str) -> Collection[M]:
        return self._index.get(("sign_in", sign_in_id), ())

    def sockets_of_session(self, desk_id: str, session_id: str, people: Iterable[str]) -> set[M]:
        """The sockets of these people, who are in the session, and those that follow it."""
        in_it = (member for person_id in people for member in self.of_person(desk_id, person_id))
        return {*in_it, *self.sessions.granted_to(desk_id, session_id)}


def _keys(member: Member) -> list[tuple[str, ...]]:
    """Returns the index keys of the socket."""
    viewer = member.viewer
    group = ("engineers", viewer.desk_id) if is_engineer(viewer) else ("company", viewer.desk_id, viewer.company_id)
    return [("person", viewer.desk_id, viewer.id), ("sign_in", viewer.sign_in_id), group]


def _drop(index: dict[K, set[M]], key: K, member: M) -> None:
    members = index.get(key)
    if members is not None:
        members.discard(member)
        if not members:
            del index[key]
