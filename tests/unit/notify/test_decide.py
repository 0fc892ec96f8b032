"""Which engineers a session alerts, as a table."""

from dataclasses import replace

import pytest

from services.notify.domain.card import Card, Reason, Status
from services.notify.domain.decision import Engineer, PresenceFact, decide, reachable
from tests.unit.notify.world import AVA, BO, START, card, engineer, handled, transfer

ONLINE = PresenceFact("online", 1, START)


def presence(word: str) -> PresenceFact:
    return PresenceFact(word, 2, START)


@pytest.mark.parametrize(
    "about, who, expected",
    [
        pytest.param(card(), AVA, Reason.WAITING, id="a waiting chat alerts an engineer with all access"),
        pytest.param(card(), BO, Reason.WAITING, id="a waiting chat alerts an engineer of the company"),
        pytest.param(card(company_id="globex"), BO, None, id="no alert without the company"),
        pytest.param(card(), engineer("kim", boards=["projects"]), None, id="no alert without the board"),
        pytest.param(card(), engineer("kim", ["acme"], ["service-desk"]), Reason.WAITING, id="an alert with company and board"),
        pytest.param(card(), engineer("kim", []), None, id="no alert without any company"),
        pytest.param(card(), engineer("kim", disabled=True), None, id="no alert after leaving the desk"),
        pytest.param(card(), engineer("kim", desk_id="other"), None, id="no alert on another desk"),
        pytest.param(card(push=True), AVA, None, id="a waiting push chat alerts nobody"),
        pytest.param(handled(), AVA, None, id="a handled chat alerts nobody"),
        pytest.param(handled(unattended=True), AVA, Reason.UNATTENDED, id="an unattended chat alerts again"),
        pytest.param(handled(unattended=True, by="ava"), AVA, None, id="an unattended chat does not alert its participants"),
        pytest.param(handled(invited=frozenset({"ava"})), AVA, Reason.INVITED, id="an invitation alerts the invited engineer"),
        pytest.param(handled(invited=frozenset({"ava"})), BO, None, id="an invitation alerts nobody else"),
        pytest.param(
            handled(invited=frozenset({"ava"}), unattended=True), AVA, Reason.INVITED, id="an invitation has priority over unattended"
        ),
        pytest.param(handled(push=True, invited=frozenset({"ava"})), AVA, Reason.INVITED, id="an invitation into an accepted push chat"),
        pytest.param(handled(transfer=transfer("ava")), AVA, Reason.TRANSFER, id="a transfer alerts the asked engineer"),
        pytest.param(handled(transfer=transfer("ava")), BO, None, id="a transfer alerts nobody else"),
        pytest.param(
            handled(transfer=transfer("ava"), invited=frozenset({"ava"}), unattended=True),
            AVA,
            Reason.TRANSFER,
            id="a transfer has priority over an invitation",
        ),
        pytest.param(
            handled(transfer=transfer("kim", board_id="projects")),
            engineer("kim", boards=["projects"]),
            Reason.TRANSFER,
            id="a transfer to a board alerts an engineer of that board",
        ),
        pytest.param(
            handled(transfer=transfer("kim", board_id="projects")),
            engineer("kim", boards=["service-desk"]),
            None,
            id="a transfer to a board alerts nobody without that board",
        ),
        *(
            pytest.param(card(status=status, unattended=True, invited=frozenset({"ava"})), AVA, None, id=f"{status} alerts nobody")
            for status in (Status.ABANDONED, Status.CALLBACK, Status.COMPLETED)
        ),
    ],
)
def test_a_session_alerts_engineers_with_access_and_a_reason(
    about: Card, who: Engineer, expected: Reason | None
) -> None:  # spec 2.10 3.9 3.12 5.1
    assert decide(about, who, ONLINE, None).reason is expected


@pytest.mark.parametrize("word", ["away", "busy", "offline", "something new"])
def test_only_online_engineers_get_alerts(word: str) -> None:  # spec 1.10 5.1
    assert not decide(card(), AVA, presence(word), None).alerted
    assert not decide(card(), AVA, None, None).alerted
    assert decide(card(), AVA, ONLINE, None).alerted


def test_a_dismissed_alert_is_not_raised_again() -> None:  # spec 5.1
    assert not decide(card(), AVA, ONLINE, START).alerted


def test_a_decision_lists_its_steps() -> None:  # spec 5.11
    facts = decide(card(company_id="globex"), BO, presence("busy"), START).explain()

    assert [(fact.check, fact.passed) for fact in facts] == [
        ("session", True),
        ("access", False),
        ("presence", False),
        ("dismissed", False),
    ]
    assert [fact.text for fact in facts] == [
        "Mia Torres waits",
        "Bo may not see the company or the board",
        "Bo had chosen Do Not Disturb",
        "Bo had dismissed it",
    ]


def test_an_alert_is_raised_exactly_when_every_step_passes() -> None:  # spec 5.11
    for about in (card(), card(push=True), handled(), handled(unattended=True)):
        for who in (AVA, BO, engineer("kim", boards=[])):
            for there in (ONLINE, presence("away"), None):
                for dismissed in (None, START):
                    decision = decide(about, who, there, dismissed)
                    assert decision.alerted == all(fact.passed for fact in decision.explain())


@pytest.mark.parametrize("state", [None, "online", "away", "busy", "offline"])
@pytest.mark.parametrize("push", [True, False])
@pytest.mark.parametrize("disabled", [True, False])
def test_whom_a_chat_alerts_can_be_reached_and_nobody_else_can(state: str | None, push: bool, disabled: bool) -> None:  # spec 1.10 5.1
    stored, someone = PresenceFact(state, 1, START) if state else None, replace(AVA, disabled=disabled)
    alerted = decide(card(), someone, stored, None, push_when_away=push).alerted
    assert reachable(someone, stored, push) is alerted
