"""Tokens: forged and expired ones are refused, a key cannot sign for another service, and keys change without a restart."""

import base64
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from servicekit import identity
from servicekit.errors import PermissionDenied, Unauthenticated
from servicekit.identity import Caller, TokenSigner, TokenVerifier, new_id, require_scope, require_service
from stack.keys import key_of
from tests.fakes.clock import TurnedClock

AVA = Caller("engineer", "ava", "Ava Chen", "harbour", role="admin", sign_in_id="s1", scopes=frozenset({"people"}))
BO = Caller("engineer", "bo", "Bo", "harbour", role="engineer", companies=frozenset({"acme"}), boards=frozenset())
MIA = Caller("customer", "mia", "Mía ✓", "harbour", company_id="acme", sign_in_id="s2")


@pytest.mark.parametrize("caller", [AVA, BO, MIA], ids=lambda caller: caller.id)
def test_a_token_has_every_field_of_its_caller_and_is_short(gateway: TokenSigner, verifier: TokenVerifier, caller: Caller) -> None:
    token = gateway.token(caller)
    assert verifier.verify(token) == caller
    assert len(token) < 400


def test_a_service_token_names_the_service(gateway: TokenSigner, verifier: TokenVerifier) -> None:
    caller = verifier.verify(gateway.service_token())
    assert caller == Caller("service", "gateway", "gateway", "", scopes=frozenset({"internal"}))


def test_a_service_token_is_reused_and_renewed_before_it_expires(gateway: TokenSigner, verifier: TokenVerifier, clock: TurnedClock) -> None:
    first = gateway.service_token()
    assert gateway.service_token() == first
    for _ in range(20):
        clock.set_forward(60)
        verifier.verify(gateway.service_token())
    assert gateway.service_token() != first


def test_an_expired_token_is_refused_even_when_it_is_cached(gateway: TokenSigner, verifier: TokenVerifier, clock: TurnedClock) -> None:
    token = gateway.token(AVA, seconds=60)
    verifier.verify(token)
    clock.set_forward(59)
    verifier.verify(token)
    clock.set_forward(2)
    with pytest.raises(Unauthenticated):
        verifier.verify(token)


def parts(token: str) -> list[dict[str, Any]]:
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def put_together(header: dict[str, Any], claims: dict[str, Any], signature: str) -> str:
    packed = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)]
    return ".".join([*packed, signature])


def test_forged_tokens_are_refused(gateway: TokenSigner, verifier: TokenVerifier, keys: Path) -> None:
    token = gateway.token(MIA)
    header, claims = parts(token)
    signature = token.split(".")[2]
    public = (keys / "gateway-1.pub.pem").read_text()
    other = Ed25519PrivateKey.generate()
    forged = [
        "",
        "nonsense",
        "a.b.c",
        token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        put_together(header, {**claims, "sub": "ava", "k": "e"}, signature),
        put_together({**header, "alg": "none"}, claims, ""),
        jwt.encode(claims, other, algorithm="EdDSA", headers={"kid": "gateway-1"}),
        jwt.encode(claims, other, algorithm="EdDSA", headers={"kid": "gateway-9"}),
        jwt.encode(claims, other, algorithm="EdDSA"),
        jwt.encode(claims, other, algorithm="EdDSA", headers={"kid": "../../etc/passwd"}),
        # Signed with the public key as a shared secret.
        jwt.encode(claims, base64.b64encode(public.encode()).decode(), algorithm="HS256", headers={"kid": "gateway-1"}),
    ]
    for each in forged:
        with pytest.raises(Unauthenticated):
            verifier.verify(each)


@pytest.mark.parametrize("claims", [{"sub": "ava", "k": "e"}, {"k": "e", "exp": 99999999999}, {"sub": "ava", "exp": 99999999999}, {}])
def test_a_signed_token_that_lacks_a_claim_is_refused(keys: Path, gateway: TokenSigner, verifier: TokenVerifier, claims: Any) -> None:
    token = jwt.encode(claims, key_of(keys, "gateway").read_bytes(), algorithm="EdDSA", headers={"kid": "gateway-1"})
    with pytest.raises(Unauthenticated):
        verifier.verify(token)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
CLAIMS = ("k", "sub", "n", "d", "r", "c", "cs", "bs", "s", "si", "exp", "aud")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(odd={"k": "x"})
@example(odd={"k": 5})
@example(odd={"exp": float("nan")})
@example(odd={"exp": 10**400})
@example(odd={"cs": "acme"})
@example(odd={"r": ["admin"]})
@example(odd={"aud": {"chat": 1}})
@given(odd=st.dictionaries(st.sampled_from(CLAIMS), JSON, min_size=1))
def test_a_signed_token_with_odd_claims_is_refused_or_names_a_complete_caller(
    keys: Path, clock: TurnedClock, gateway: TokenSigner, verifier: TokenVerifier, odd: dict[str, Any]
) -> None:  # spec 10.3
    claims = {**parts(gateway.token(BO))[1], **odd}
    token = jwt.encode(claims, key_of(keys, "gateway").read_bytes(), algorithm="EdDSA", headers={"kid": "gateway-1"})
    try:
        caller = verifier.verify(token)
    except Unauthenticated:
        return
    texts = (caller.kind, caller.id, caller.name, caller.desk_id, caller.role, caller.company_id, caller.sign_in_id)
    assert all(isinstance(text, str) for text in texts)
    for several in (caller.companies, caller.boards, caller.scopes):
        assert several is None or all(isinstance(text, str) for text in several)
    later = TurnedClock()
    later.set_forward(2 * 3600)
    with pytest.raises(Unauthenticated):
        TokenVerifier(keys, later).verify(token)


@pytest.mark.parametrize(
    ("audience", "accepted"),
    [
        ("chat", True),
        (["tickets", "chat"], True),
        ("tickets", False),
        (["tickets"], False),
        ([], False),
        (None, False),
        ("", False),
        (7, False),
    ],
)
def test_a_token_that_names_its_audience_is_for_that_alone(
    keys: Path, clock: TurnedClock, gateway: TokenSigner, audience: object, accepted: bool
) -> None:  # spec 10.3
    claims = {**parts(gateway.token(BO))[1], "aud": audience}
    token = jwt.encode(claims, key_of(keys, "gateway").read_bytes(), algorithm="EdDSA", headers={"kid": "gateway-1"})
    chat = TokenVerifier(keys, clock, "chat")
    if accepted:
        assert chat.verify(token).id == BO.id
        return
    with pytest.raises(Unauthenticated):
        chat.verify(token)


def test_only_the_gateway_signs_for_people_and_a_service_only_for_itself(keys: Path, clock: TurnedClock, verifier: TokenVerifier) -> None:
    chat = TokenSigner(key_of(keys, "chat"), clock)
    as_gateway = Caller("service", "gateway", "gateway", "", scopes=frozenset({"internal"}))
    for foreign in (AVA, MIA, as_gateway):
        with pytest.raises(Unauthenticated):
            verifier.verify(chat.token(foreign))
    assert verifier.verify(chat.service_token()).id == "chat"


def test_a_new_key_works_and_a_removed_one_stops_working_without_a_restart(
    keys: Path, clock: TurnedClock, gateway: TokenSigner, verifier: TokenVerifier
) -> None:
    token = gateway.token(AVA, seconds=3600)
    verifier.verify(token)
    clock.set_forward(5)
    made = key_of(keys, "fresh")
    for suffix in (".pem", ".pub.pem"):
        made.with_name(f"fresh-1{suffix}").rename(made.with_name(f"gateway-2{suffix}"))

    second = TokenSigner(keys / "gateway-2.pem", clock)
    assert verifier.verify(second.token(AVA)) == AVA

    (keys / "gateway-1.pub.pem").unlink()
    clock.set_forward(31)
    with pytest.raises(Unauthenticated):
        verifier.verify(token)


def test_while_a_key_is_replaced_tokens_of_both_keys_are_accepted_at_once(
    keys: Path, clock: TurnedClock, gateway: TokenSigner, verifier: TokenVerifier
) -> None:  # spec 10.3
    assert verifier.verify(gateway.service_token()).scopes == {"internal"}
    made = key_of(keys, "fresh")
    for suffix in (".scopes", ".pem", ".pub.pem"):
        made.with_name(f"fresh-1{suffix}").rename(made.with_name(f"gateway-2{suffix}"))
    clock.set_forward(31)
    with pytest.raises(Unauthenticated):  # unknown keys don't delay the known ones
        verifier.verify(jwt.encode({"sub": "x"}, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": "nobody-1"}))

    fresh = TokenSigner(keys / "gateway-2.pem", clock)
    for signer in (gateway, fresh, gateway):
        assert verifier.verify(signer.service_token()).scopes == {"internal"}

    for suffix in (".pub.pem", ".scopes"):
        (keys / f"gateway-1{suffix}").unlink()
    clock.set_forward(31)
    assert verifier.verify(fresh.service_token()).scopes == {"internal"}


def test_an_unknown_key_does_not_read_the_folder_each_time(
    keys: Path, clock: TurnedClock, gateway: TokenSigner, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = 0
    glob = Path.glob

    def counted(self: Path, pattern: str) -> Any:
        nonlocal readings
        readings += 1
        return glob(self, pattern)

    monkeypatch.setattr(Path, "glob", counted)
    stranger = jwt.encode({"sub": "x"}, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": "nobody-1"})
    for _ in range(100):
        with pytest.raises(Unauthenticated):
            verifier.verify(stranger)
    assert readings <= 2


def test_an_engineer_sees_allowed_companies_and_boards_and_a_customer_their_company() -> None:  # spec 2.10
    restricted = Caller("engineer", "bo", "Bo", "harbour", companies=frozenset({"acme"}), boards=frozenset({"desk"}))
    assert restricted.may_see("acme", "desk")
    assert not restricted.may_see("globex", "desk")
    assert not restricted.may_see("acme", "projects")
    assert AVA.may_see("globex", "projects")
    assert MIA.may_see("acme", "any")
    assert not MIA.may_see("globex", "any")


def test_a_call_without_the_scope_or_service_is_denied() -> None:
    require_scope(AVA, "people")
    with pytest.raises(PermissionDenied):
        require_scope(AVA, "internal")
    with pytest.raises(PermissionDenied):
        require_service(AVA)


def test_ids_are_url_safe_and_unique() -> None:
    made = {new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(id) == 22 and id.replace("-", "").replace("_", "").isalnum() for id in made)


def test_a_full_cache_keeps_the_newest_tokens(gateway: TokenSigner, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "MAX_CACHED", 2)
    tokens = [gateway.token(Caller("customer", id, id, "harbour")) for id in ("a", "b", "c")]
    first, *_ = [verifier.verify(token) for token in tokens]
    assert all(verifier.verify(token) is verifier.verify(token) for token in tokens[1:])
    assert verifier.verify(tokens[0]) is not first
