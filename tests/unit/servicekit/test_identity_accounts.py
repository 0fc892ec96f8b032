"""Service accounts of other teams: an operator's file sets their permissions, and no token can extend them."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from servicekit.errors import Unauthenticated
from servicekit.identity import Caller, TokenSigner, TokenVerifier
from stack.child import private_folder
from stack.keys import account_of, keep_private
from tests.fakes.clock import TurnedClock

Accounts = Callable[..., TokenSigner]
FILES = ("crm-1.pem", "crm-1.pub.pem", "crm-1.scopes")
PLENTY = frozenset({"chat:read", "chat:write", "tickets:read", "internal"})


@pytest.fixture
def account(keys: Path, clock: TurnedClock) -> Accounts:
    return lambda *grant, name="crm": TokenSigner(account_of(keys, name, grant), clock)


def test_only_the_owner_can_read_the_keys_also_those_of_an_earlier_version(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "keys"
    for each in (folder.parent, folder):
        each.mkdir(mode=0o755)
    account_of(folder, "crm", ["chat:read"])
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == dict.fromkeys(FILES, 0o600)
    for file in folder.iterdir():
        file.chmod(0o644)
    for each in (folder.parent, folder):
        private_folder(each)
    keep_private(folder)
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert {stat.S_IMODE(each.stat().st_mode) for each in (folder.parent, folder)} == {0o700}


def caller(verifier: TokenVerifier, signer: TokenSigner, scopes: frozenset[str] = PLENTY, desk_id: str = "") -> Caller:
    return verifier.verify(signer.token(Caller("service", signer.service, "", desk_id, scopes=scopes)))


def test_an_account_has_the_scopes_of_its_file_and_a_token_cannot_add_any(account: Accounts, verifier: TokenVerifier) -> None:  # spec 10.3
    signer = account("chat:read  # the CRM shows chats", "", "# tickets:read", "tickets:write")
    assert caller(verifier, signer).scopes == {"chat:read"}
    assert caller(verifier, signer, frozenset({"tickets:write"})).scopes == {"tickets:write"}
    assert caller(verifier, signer, frozenset()).scopes == {"chat:read", "tickets:write"}


def test_an_account_without_a_file_has_no_scopes(keys: Path, account: Accounts, verifier: TokenVerifier) -> None:  # spec 10.3
    signer = account("chat:read")
    (keys / "crm-1.scopes").unlink()
    assert caller(verifier, signer).scopes == frozenset()


def test_an_account_of_one_desk_cannot_name_another_desk(account: Accounts, verifier: TokenVerifier) -> None:  # spec 10.2
    signer = account("chat:read", "internal", "desk:harbour")
    assert caller(verifier, signer) == Caller("service", "crm", "crm", "harbour", scopes=frozenset({"chat:read"}))
    assert caller(verifier, signer, desk_id="harbour").desk_id == "harbour"
    with pytest.raises(Unauthenticated):
        caller(verifier, signer, desk_id="elsewhere")


def test_an_account_of_several_desks_names_one_in_each_token(account: Accounts, verifier: TokenVerifier) -> None:  # spec 10.2
    signer = account("chat:read", "desk:harbour", "desk:quay")
    assert [caller(verifier, signer, desk_id=desk).desk_id for desk in ("harbour", "quay")] == ["harbour", "quay"]
    for other in ("", "elsewhere"):
        with pytest.raises(Unauthenticated):
            caller(verifier, signer, desk_id=other)


def test_an_account_of_all_desks_may_limit_its_token_to_one(account: Accounts, verifier: TokenVerifier) -> None:
    signer = account("chat:read")
    assert [caller(verifier, signer, desk_id=desk).desk_id for desk in ("", "harbour")] == ["", "harbour"]


def test_a_file_with_an_empty_desk_name_gives_no_scopes(account: Accounts, verifier: TokenVerifier) -> None:
    assert caller(verifier, account("chat:read", "desk:")).scopes == frozenset()


def test_scopes_of_an_account_change_without_a_restart(account: Accounts, verifier: TokenVerifier, clock: TurnedClock) -> None:
    signer = account("chat:read")
    token = signer.token(Caller("service", "crm", "", "", scopes=PLENTY), seconds=300)
    assert verifier.verify(token).scopes == {"chat:read"}
    account("tickets:read", "desk:harbour")
    clock.set_forward(31)
    assert verifier.verify(token) == Caller("service", "crm", "crm", "harbour", scopes=frozenset({"tickets:read"}))


def test_an_account_cannot_sign_for_people_or_for_our_services(account: Accounts, verifier: TokenVerifier) -> None:  # spec 10.3
    signer = account("chat:read", "internal")
    for foreign in (Caller("service", "chat", "", "", scopes=PLENTY), Caller("engineer", "ava", "Ava", "harbour")):
        with pytest.raises(Unauthenticated):
            verifier.verify(signer.token(foreign))


def test_a_token_valid_for_days_is_refused(account: Accounts, verifier: TokenVerifier) -> None:  # spec 10.3
    signer = account("chat:read")
    own = Caller("service", "crm", "", "")
    assert verifier.verify(signer.token(own, seconds=3600)).id == "crm"
    with pytest.raises(Unauthenticated):
        verifier.verify(signer.token(own, seconds=86_400))
