"""Every index drops a closed socket, and equal ids of two desks are different."""

from dataclasses import dataclass, replace

import pytest

from servicekit.identity import Caller
from services.gateway.domain.socket_index import SocketIndex
from tests.unit.gateway.facts import AVA, ELSEWHERE, MIA


@dataclass(frozen=True)
class Socket:
    viewer: Caller


@pytest.fixture
def index() -> SocketIndex[Socket]:
    return SocketIndex()


def test_a_socket_is_found_by_person_desk_company_and_sign_in(index: SocketIndex[Socket]) -> None:
    mia, ava = Socket(MIA), Socket(replace(AVA, sign_in_id="hers"))
    index.add(mia)
    index.add(ava)
    assert list(index.of_person("desk", "mia")) == [mia]
    assert list(index.engineers("desk")) == [ava]
    assert list(index.of_company("desk", "acme")) == [mia]
    assert list(index.of_sign_in("hers")) == [ava]
    assert index.desks() == {"desk"}


def test_equal_ids_of_two_desks_are_different(index: SocketIndex[Socket]) -> None:  # spec 10.2
    ava, other = Socket(AVA), Socket(ELSEWHERE)
    for socket in (ava, other):
        index.add(socket)
        index.sessions.grant(socket, frozenset({"s1"}))
        index.people.grant(socket, frozenset({"mia"}))
    assert set(index.sessions.granted_to("desk", "s1")) == set(index.people.granted_to("desk", "mia")) == {ava}
    assert set(index.engineers("desk")) == {ava}


def test_a_subscription_replaces_the_previous_one(index: SocketIndex[Socket]) -> None:
    ava = Socket(AVA)
    index.add(ava)
    index.sessions.grant(ava, frozenset({"s1", "s2"}))
    index.sessions.grant(ava, frozenset({"s2", "s3"}))
    assert not index.sessions.granted_to("desk", "s1")
    assert index.sessions.granted(ava) == {"s2", "s3"}


def test_nothing_is_left_of_a_closed_socket(index: SocketIndex[Socket]) -> None:
    mia = Socket(replace(MIA, sign_in_id="sign-in"))
    index.add(mia)
    index.sessions.grant(mia, frozenset({"s1"}))
    index.people.grant(mia, frozenset({"ava"}))
    for _ in range(2):
        index.remove(mia)
        found = [index.of_person("desk", "mia"), index.sessions.granted_to("desk", "s1"), index.people.granted_to("desk", "ava")]
        assert not any([*found, index.of_sign_in("sign-in"), index.of_company("desk", "acme"), list(index)])
