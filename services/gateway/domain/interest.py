"""Subscriptions: the sockets of this replica by person, desk, company, session, watched person and sign-in."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator
from typing import Generic, Protocol, TypeVar

from services.gateway.domain.access import Viewer


class Member(Protocol):
    """A socket as far as subscriptions are concerned."""

    @property
    def viewer(self) -> Viewer: ...
    @property
    def sign_in_id(self) -> str: ...


K = TypeVar("K", bound=Hashable)
M = TypeVar("M", bound=Member)
Index = dict[tuple[str, str], set[M]]


class Interest(Generic[M]):
    """Every index includes the desk, so that equal ids of two desks stay apart.

    What a page requests is stored apart from what it is granted (`follow`, `watch`)."""

    def __init__(self) -> None:
        self._all: dict[M, None] = {}
        self._engineers: defaultdict[str, set[M]] = defaultdict(set)
        self._people: Index[M] = {}
        self._companies: Index[M] = {}
        self._sign_ins: dict[str, set[M]] = {}
        self._followers: Index[M] = {}
        self._watchers: Index[M] = {}
        self._followed: dict[M, frozenset[str]] = {}
        self._watched: dict[M, frozenset[str]] = {}
        self._requested_sessions: dict[M, frozenset[str]] = {}
        self._requested_people: dict[M, frozenset[str]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[M]:
        return iter(list(self._all))

    def __contains__(self, member: M) -> bool:
        return member in self._all

    def add(self, member: M) -> None:
        viewer = member.viewer
        self._all[member] = None
        self._people.setdefault((viewer.desk_id, viewer.id), set()).add(member)
        self._sign_ins.setdefault(member.sign_in_id, set()).add(member)
        if viewer.kind == "engineer":
            self._engineers[viewer.desk_id].add(member)
        else:
            self._companies.setdefault((viewer.desk_id, viewer.company_id), set()).add(member)

    def remove(self, member: M) -> None:
        """Removes the socket and its requests. A repeat changes nothing."""
        if member not in self._all:
            return
        self.follow(member, frozenset())
        self.watch(member, frozenset())
        self._requested_sessions.pop(member, None)
        self._requested_people.pop(member, None)
        viewer = member.viewer
        del self._all[member]
        _drop(self._people, (viewer.desk_id, viewer.id), member)
        _drop(self._sign_ins, member.sign_in_id, member)
        _drop(self._companies, (viewer.desk_id, viewer.company_id), member)
        self._engineers[viewer.desk_id].discard(member)

    def renew(self, member: M, change: Callable[[], None]) -> None:
        """`change` gives the socket a viewer with other access: its requests are kept, its grants removed."""
        sessions, people = self.requested_sessions(member), self.requested_people(member)
        self.remove(member)
        change()
        self.add(member)
        self.request_sessions(member, sessions)
        self.request_people(member, people)

    def request_sessions(self, member: M, session_ids: frozenset[str]) -> None:
        """Replaces the sessions that the socket's page has open, whether or not its person may see them."""
        self._requested_sessions[member] = session_ids

    def request_people(self, member: M, person_ids: frozenset[str]) -> None:
        """Replaces the people that the socket's page has on screen, whether or not its person may see them."""
        self._requested_people[member] = person_ids

    def follow(self, member: M, session_ids: frozenset[str]) -> None:
        """Replaces the open sessions that the socket's person may see."""
        _replace(self._followers, self._followed, member, session_ids)

    def watch(self, member: M, person_ids: frozenset[str]) -> None:
        """Replaces the people on screen that the socket's person may see."""
        _replace(self._watchers, self._watched, member, person_ids)

    def desks(self) -> set[str]:
        return {member.viewer.desk_id for member in self._all}

    def engineers(self, desk_id: str) -> Collection[M]:
        return self._engineers.get(desk_id, ())

    def of_person(self, desk_id: str, person_id: str) -> Collection[M]:
        return self._people.get((desk_id, person_id), ())

    def of_company(self, desk_id: str, company_id: str) -> Collection[M]:
        """The company's customers."""
        return self._companies.get((desk_id, company_id), ())

    def of_sign_in(self, sign_in_id: str) -> Collection[M]:
        return self._sign_ins.get(sign_in_id, ())

    def followers(self, desk_id: str, session_id: str) -> Collection[M]:
        return self._followers.get((desk_id, session_id), ())

    def watchers(self, desk_id: str, person_id: str) -> Collection[M]:
        return self._watchers.get((desk_id, person_id), ())

    def requested_sessions(self, member: M) -> frozenset[str]:
        return self._requested_sessions.get(member, frozenset())

    def requested_people(self, member: M) -> frozenset[str]:
        return self._requested_people.get(member, frozenset())

    def followed_by(self, member: M) -> frozenset[str]:
        return self._followed.get(member, frozenset())

    def watched_by(self, member: M) -> frozenset[str]:
        return self._watched.get(member, frozenset())


def _replace(index: Index[M], requests: dict[M, frozenset[str]], member: M, ids: frozenset[str]) -> None:
    desk_id = member.viewer.desk_id
    before = requests.pop(member, frozenset())
    for gone in before - ids:
        _drop(index, (desk_id, gone), member)
    for new in ids - before:
        index.setdefault((desk_id, new), set()).add(member)
    if ids:
        requests[member] = ids


def _drop(index: dict[K, set[M]], key: K, member: M) -> None:
    members = index.get(key)
    if members is not None:
        members.discard(member)
        if not members:
            del index[key]
