"""The rule of presence, as a table: connections as (seconds since activity, seconds until the grace ends), chosen state, result."""

from datetime import UTC, datetime, timedelta

import pytest

from services.presence.domain.presence import Connection, Presence, Rules, next_change, presence_of

ONLINE, AWAY, BUSY, OFFLINE = Presence.ONLINE, Presence.AWAY, Presence.BUSY, Presence.OFFLINE
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RULES = Rules(
    away_after=timedelta(seconds=300), offline_grace=timedelta(seconds=10), lease=timedelta(seconds=20), handover=timedelta(seconds=40)
)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def connection(active_ago: float, gone_in: float | None = None) -> Connection:
    return Connection(at(-active_ago), None if gone_in is None else at(gone_in))


@pytest.mark.parametrize(
    "connections, chosen, expected",
    [
        pytest.param([], None, OFFLINE, id="nobody connected is offline"),
        pytest.param([connection(0)], None, ONLINE, id="connected and active is online"),
        pytest.param([connection(299.999)], None, ONLINE, id="active just within the time is online"),
        pytest.param([connection(300)], None, AWAY, id="no activity for the whole time is away"),
        pytest.param([connection(4000), connection(5)], None, ONLINE, id="the most active of several tabs counts"),
        pytest.param([connection(4000), connection(301)], None, AWAY, id="all tabs idle is away"),
        pytest.param([connection(5, gone_in=0.001)], None, ONLINE, id="a closed connection counts within the grace"),
        pytest.param([connection(5, gone_in=0)], None, OFFLINE, id="a closed connection does not count after the grace"),
        pytest.param([connection(5, gone_in=-1), connection(400)], None, AWAY, id="activity on an ended connection does not count"),
        pytest.param([connection(0)], BUSY, BUSY, id="busy overrides activity"),
        pytest.param([connection(0)], AWAY, AWAY, id="chosen away overrides activity"),
        pytest.param([connection(4000)], BUSY, BUSY, id="busy overrides idleness"),
        pytest.param([], BUSY, OFFLINE, id="a choice without a connection is offline"),
        pytest.param([connection(0, gone_in=-5)], AWAY, OFFLINE, id="chosen away without a connection is offline"),
    ],
)
def test_presence_follows_from_connections_and_choice(
    connections: list[Connection], chosen: Presence | None, expected: Presence
) -> None:  # spec 1.1, 1.2, 1.3, 1.4, 1.6, 1.7, 1.9
    assert presence_of(connections, chosen, NOW, RULES) is expected


@pytest.mark.parametrize(
    "connections, expected",
    [
        pytest.param([], None, id="no next check when offline"),
        pytest.param([connection(100)], 200, id="idleness"),
        pytest.param([connection(300)], None, id="no next check once away"),
        pytest.param([connection(100), connection(20)], 280, id="idleness of the most active"),
        pytest.param([connection(100, gone_in=4)], 4, id="the grace before idleness"),
        pytest.param([connection(300, gone_in=4)], 4, id="the grace when away"),
        pytest.param([connection(1, gone_in=-2)], None, id="no next check for an ended connection"),
    ],
)
def test_the_next_check_is_when_time_alone_changes_presence(connections: list[Connection], expected: float | None) -> None:  # spec 1.2
    assert next_change(connections, NOW, RULES) == (None if expected is None else at(expected))
