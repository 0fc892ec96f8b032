"""The file of identity providers: a mistake stops the start with a sentence that names the field (spec 10.1)."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.gateway.domain.provider import Names, RefreshMode
from services.gateway.domain.site import App
from services.gateway.outbound.provider_file import MAX_PROVIDERS, is_safe, providers_in, secret_in

GOOD = {"id": "acme", "name": "Acme", "desk_id": "harbour", "app": "tech", "issuer": "https://id.acme.example", "client_id": "parley"}


def written(folder: Path, listed: object) -> Path:
    (folder / "providers.json").write_text(json.dumps(listed))
    return folder / "providers.json"


def test_a_provider_has_safe_defaults(tmp_path: Path) -> None:
    found = providers_in(written(tmp_path, [GOOD]))["acme"]
    assert (found.app, found.claim, found.names, found.verifies_addresses) == (App.TECH, "email", Names.EMAIL, False)
    assert (found.scopes, found.listed, found.ends_session, found.method) == ("openid email", True, True, "openid:acme")
    assert (found.refresh, found.refresh_minutes, found.lasts_hours, found.is_refreshed) == (RefreshMode.NEVER, 60, 0, False)
    assert (found.acr_values, found.amr_values) == ((), ())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"id": "a b"}, "$[0].id"),
        ({"id": "x" * 65}, "$[0].id"),
        ({"name": ""}, "$[0].name"),
        ({"desk_id": 1}, "$[0].desk_id"),
        ({"app": "both"}, "$[0].app"),
        ({"issuer": "http://id.acme.example"}, "$[0].issuer"),
        ({"issuer": "https://id.acme.example?a=b"}, "$[0].issuer"),
        ({"issuer": "ftp://id"}, "$[0].issuer"),
        ({"client_id": ""}, "$[0].client_id"),
        ({"names": "phone"}, "$[0].names"),
        ({"scopes": "email"}, "$[0].scopes"),
        ({"refresh": "always"}, "$[0].refresh"),
        ({"refresh_minutes": 4}, "$[0].refresh_minutes"),
        ({"refresh_minutes": 1441}, "$[0].refresh_minutes"),
        ({"lasts_hours": -1}, "$[0].lasts_hours"),
        ({"acr_values": ["a b"]}, "$[0].acr_values"),
        ({"amr_values": "mfa"}, "$[0].amr_values"),
        ({"verifies_addresses": "yes"}, "$[0].verifies_addresses"),
        ({"verifies_adresses": True}, "verifies_adresses"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError) as refused:
        providers_in(written(tmp_path, [GOOD | changed]))
    assert field in str(refused.value)


@pytest.mark.parametrize("listed", [{}, [GOOD, GOOD], [{}], [{**GOOD, "id": str(n)} for n in range(MAX_PROVIDERS + 1)]])
def test_a_wrong_list_is_refused(tmp_path: Path, listed: object) -> None:
    with pytest.raises(ValueError):
        providers_in(written(tmp_path, listed))


def test_a_secret_is_the_text_of_its_file(tmp_path: Path) -> None:
    secret, empty = tmp_path / "secret", tmp_path / "empty"
    secret.write_text("s3cret\n")
    empty.write_text("\n")
    assert (secret_in(str(secret)), secret_in("")) == ("s3cret", "")
    assert "acme" in providers_in(written(tmp_path, [GOOD | {"client_secret_file": str(secret)}]))
    for bad in (empty, tmp_path / "nowhere"):
        with pytest.raises((OSError, ValueError)):
            providers_in(written(tmp_path, [GOOD | {"client_secret_file": str(bad)}]))


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://id.acme.example/a", True),
        ("http://127.0.0.1:8080/a", True),
        ("http://localhost/a", True),
        ("http://id.acme.example/a", False),
        ("http://localhost.evil.example/", False),
        ("https://me@id.acme.example/", False),
        ("https://id.acme.example:99999/", False),
        ("https:///a", False),
        ("https://id.acme.example/\r\n", False),
        ("javascript:alert(1)", False),
        (None, False),
    ],
)
def test_only_addresses_that_nobody_can_listen_to_are_safe(url: object, safe: bool) -> None:
    assert is_safe(url) is safe
