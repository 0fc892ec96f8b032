"""The table of a desk's live cards, and the digest by which a page checks that it has them all."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.access import CardFacts, lists
from services.gateway.domain.cards import CardBump, LiveCards, cards_digest, fnv1a_32
from tests.unit.gateway.facts import AVA, BO, MIA, ZOE, card

PEOPLE = st.sampled_from(["mia", "zoe", "ava", "bo"])
CARDS = st.builds(
    card,
    session_id=st.sampled_from(["s1", "s2", "s3", "s4"]),
    revision=st.integers(1, 6),
    type=st.sampled_from(["request", "push"]),
    status=st.sampled_from(["waiting", "handled", "abandoned", "callback", "completed"]),
    company_id=st.sampled_from(["acme", "globex"]),
    board_id=st.sampled_from(["service", "projects"]),
    customer_id=st.sampled_from(["mia", "zoe"]),
    creator_id=PEOPLE,
    ticket_id=st.sampled_from(["", "t1"]),
    participants=st.frozensets(PEOPLE),
    older=st.booleans(),
)


def test_the_hash_is_fnv_1a() -> None:
    # Test vectors from the authors of FNV-1a.
    assert [fnv1a_32(text) for text in ("", "a", "foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]


@given(st.lists(CARDS, max_size=8))
def test_the_digest_covers_the_newest_cards_that_the_person_lists(events: list[CardFacts]) -> None:  # spec 3.7
    table = LiveCards()
    newest: dict[str, CardFacts] = {}
    for one in events:
        table.put(one)
        if one.session_id not in newest or one.revision > newest[one.session_id].revision:
            newest[one.session_id] = one
    for viewer in (AVA, BO, MIA, ZOE):
        expected = cards_digest((c.session_id, c.revision) for c in newest.values() if lists(viewer, c))
        assert table.digest(viewer, (viewer.companies, viewer.boards)) == expected


@given(st.lists(CARDS, max_size=6), st.lists(CARDS, max_size=4))
def test_a_load_and_concurrent_events_give_the_newest_cards(events: list[CardFacts], rows: list[CardFacts]) -> None:  # spec 3.7
    loaded = list({row.session_id: row for row in rows}.values())
    table = LiveCards()
    for event in events:
        table.put(event)
    table.keep_only(loaded, {event.session_id for event in events})
    newest: dict[str, CardFacts] = {}
    for one in [*events, *loaded]:
        if one.session_id not in newest or one.revision > newest[one.session_id].revision:
            newest[one.session_id] = one
    live = {id: one for id, one in newest.items() if not one.older and (not one.completed or one.participants)}
    assert {id: table.get(id) for id in ("s1", "s2", "s3", "s4")} == {id: live.get(id) for id in ("s1", "s2", "s3", "s4")}


def test_an_old_page_of_a_load_does_not_restore_an_ended_session() -> None:
    table = LiveCards()
    table.put(card(revision=5, status="completed", participants=frozenset()))
    table.keep_only([card(revision=4)], {"s1"})
    assert len(table) == 0


def test_only_the_last_used_completed_sessions_are_cached() -> None:  # spec 10.9, 10.10
    table, over = LiveCards(max_ended=2), [card(session_id=id, status="completed", participants=frozenset()) for id in ("s1", "s2", "s3")]
    for one in over[:2]:
        table.put(one)
    assert table.find("s1") == over[0] and table.get("s1") is None
    table.put(over[2])
    assert [table.find(one.session_id) for one in over] == [over[0], None, over[2]]


def test_a_load_drops_sessions_whose_end_was_missed() -> None:
    table = LiveCards()
    table.put(card())
    table.put(card(session_id="s2"))
    table.keep_only([card(revision=2)], set())
    assert table.get("s2") is None
    assert table.get("s1") == card(revision=2)


def test_people_with_equal_access_share_a_digest_that_follows_changes() -> None:
    table = LiveCards()
    table.put(card())
    before = table.digest(AVA, "everything")
    table.put(card(revision=2))
    assert table.digest(replace(AVA, id="sam"), "everything") == table.digest(AVA, "everything") != before


@given(st.lists(CARDS | st.sampled_from(["s1", "s2", "s3"]), max_size=12))
def test_every_page_can_compute_the_digest_after_messages(events: list[CardFacts | str]) -> None:  # spec 3.7
    table = LiveCards()
    viewers, sent = (AVA, BO, MIA, ZOE), 0
    pages: list[dict[str, int]] = [{} for _ in viewers]
    for one in events:
        if isinstance(one, str):
            current = table.get(one)
            after = table.bump(CardBump("desk", one, current.revision + 1 if current else 1, 0))
            assert (after is None) is (current is None)
            continue
        before = table.get(one.session_id)
        if table.put(one):
            for viewer, page in zip(viewers, pages, strict=True):
                if lists(viewer, one):
                    page[one.session_id] = one.revision
                elif before and lists(viewer, before):
                    page.pop(one.session_id, None)
        for viewer, page in zip(viewers, pages, strict=True):
            for bumped in table.bumped_for(viewer, after=sent):
                if bumped.since <= page.get(bumped.last.session_id, 0):
                    page[bumped.last.session_id] = bumped.last.revision
            assert table.digest(viewer, (viewer.companies, viewer.boards)) == cards_digest(page.items())
        sent = table.tick


def test_a_message_after_a_gap_is_not_applied_as_the_next() -> None:  # spec 3.7
    table = LiveCards()
    table.put(card(revision=3))
    assert not table.bump(CardBump("desk", "s1", 5, 0))
    assert not table.bump(CardBump("desk", "unknown", 1, 0))
    assert table.get("s1") == card(revision=3)


def test_only_cards_bumped_since_the_last_digest_are_in_the_next() -> None:
    table = LiveCards()
    for session_id in ("s1", "s2"):
        table.put(card(session_id=session_id))
        table.bump(CardBump("desk", session_id, 2, 0))
    first = table.tick
    assert len(list(table.bumped_for(AVA, after=0))) == 2
    table.bump(CardBump("desk", "s1", 3, 7))
    assert [(g.since, g.last.revision, g.last.at_ms) for g in table.bumped_for(AVA, after=first)] == [(1, 3, 7)]
    table.put(card(revision=4))
    assert list(table.bumped_for(AVA, after=first)) == []
