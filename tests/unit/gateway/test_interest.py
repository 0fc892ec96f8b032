"""Subscriptions: every index drops a closed socket, and equal ids of two desks are different."""

from dataclasses import dataclass, replace

import pytest

from servicekit.identity import Caller
from services.gateway.domain.interest import Interest
from tests.unit.gateway.facts import AVA, ELSEWHERE, MIA


@dataclass(frozen=True)
class Socket:
    viewer: Caller


@pytest.fixture
def interest() -> Interest[Socket]:
    return Interest()


def test_a_socket_is_found_by_person_desk_company_and_sign_in(interest: Interest[Socket]) -> None:
    mia, ava = Socket(MIA), Socket(replace(AVA, sign_in_id="hers"))
    interest.add(mia)
    interest.add(ava)
    assert list(interest.of_person("desk", "mia")) == [mia]
    assert list(interest.engineers("desk")) == [ava]
    assert list(interest.of_company("desk", "acme")) == [mia]
    assert list(interest.of_sign_in("hers")) == [ava]
    assert interest.desks() == {"desk"}


def test_equal_ids_of_two_desks_are_different(interest: Interest[Socket]) -> None:  # spec 10.2
    ava, other = Socket(AVA), Socket(ELSEWHERE)
    for socket in (ava, other):
        interest.add(socket)
        interest.sessions.grant(socket, frozenset({"s1"}))
        interest.people.grant(socket, frozenset({"mia"}))
    assert set(interest.sessions.subscribers("desk", "s1")) == set(interest.people.subscribers("desk", "mia")) == {ava}
    assert set(interest.engineers("desk")) == {ava}


def test_a_subscription_replaces_the_previous_one(interest: Interest[Socket]) -> None:
    ava = Socket(AVA)
    interest.add(ava)
    interest.sessions.grant(ava, frozenset({"s1", "s2"}))
    interest.sessions.grant(ava, frozenset({"s2", "s3"}))
    assert not interest.sessions.subscribers("desk", "s1")
    assert interest.sessions.granted(ava) == {"s2", "s3"}


def test_nothing_is_left_of_a_closed_socket(interest: Interest[Socket]) -> None:
    mia = Socket(replace(MIA, sign_in_id="sign-in"))
    interest.add(mia)
    interest.sessions.grant(mia, frozenset({"s1"}))
    interest.people.grant(mia, frozenset({"ava"}))
    for _ in range(2):
        interest.remove(mia)
        found = [interest.of_person("desk", "mia"), interest.sessions.subscribers("desk", "s1"), interest.people.subscribers("desk", "ava")]
        assert not any([*found, interest.of_sign_in("sign-in"), interest.of_company("desk", "acme"), list(interest)])
