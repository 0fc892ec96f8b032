"""The trial sign-in is not switched on in production by accident: each service that lets demo people in checks its own settings."""

from pathlib import Path
from typing import Any

import pytest

from servicekit.settings import SettingsError, load
from services.gateway.config import GatewaySettings
from services.tickets.config import TicketsSettings
from stack.keys import key_of

LOCAL = {
    "PARLEY_TICKETS_TRIAL": "true",
    "PARLEY_GATEWAY_PUBLIC_URL": "http://localhost:8080",
    "PARLEY_GATEWAY_ORIGINS": "http://127.0.0.1:8081,http://localhost",
    "PARLEY_HTTP_HOST": "[::1]",
    "PARLEY_KAFKA": "127.0.0.1:9092",
    "PARLEY_MONGO": "mongodb://u:p@localhost:27017,[::1]/?x=1",
}
OF_BOTH = [
    {"PARLEY_GATEWAY_PUBLIC_URL": "https://localhost"},
    {"PARLEY_GATEWAY_PUBLIC_URL": "http://help.example.com"},
    {"PARLEY_HTTP_HOST": "0.0.0.0"},
    {"PARLEY_KAFKA": "127.0.0.1:9092,kafka:9092"},
]
OF_TICKETS = [{"PARLEY_MONGO": "mongodb://u:p@127.0.0.1:27017,db.internal/"}, {"PARLEY_TICKETS_GRPC_ADDRESS": "0.0.0.0:7103"}]
OF_GATEWAY = [
    {"PARLEY_GATEWAY_ORIGINS": "http://localhost,https://localhost"},
    {"PARLEY_GATEWAY_ORIGINS": "http://localhost,http://help.example.com"},
    {"PARLEY_GATEWAY_GRPC_ADDRESS": "0.0.0.0:7105"},
    *({f"PARLEY_{peer}": "127.0.0.1:7100,peer:7100"} for peer in ("PRESENCE", "CHAT", "TICKETS", "NOTIFY")),
]


@pytest.fixture
def local(tmp_path: Path) -> dict[str, str]:
    keys = {f"PARLEY_{service.upper()}_KEY": str(key_of(tmp_path, service)) for service in ("tickets", "gateway")}
    return {**LOCAL, "PARLEY_KEYS": str(tmp_path), **keys}


@pytest.mark.parametrize(
    ("service", "production"),
    [*((TicketsSettings, each) for each in (*OF_BOTH, *OF_TICKETS)), *((GatewaySettings, each) for each in (*OF_BOTH, *OF_GATEWAY))],
    ids=str,
)
def test_a_trial_that_others_can_reach_does_not_start_unless_it_is_spelled_out(
    local: dict[str, str], service: Any, production: dict[str, str]
) -> None:  # spec 10.1
    assert load(service, local).trial_on
    with pytest.raises(SettingsError) as raised:
        load(service, {**local, **production})
    assert str(raised.value).startswith(f"PARLEY_TICKETS_TRIAL is 'true' while {next(iter(production))} is ")
    assert load(service, {**local, **production, "PARLEY_TICKETS_TRIAL": "public"}).trial_on
    assert not load(service, {**local, **production, "PARLEY_TICKETS_TRIAL": "false"}).trial_on


@pytest.mark.parametrize("service", [TicketsSettings, GatewaySettings])
def test_a_trial_is_off_where_no_setting_switches_it_on(local: dict[str, str], service: Any) -> None:  # spec 10.1
    del local["PARLEY_TICKETS_TRIAL"]
    assert not load(service, local).trial_on
