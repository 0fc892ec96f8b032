"""Every setting of every service: a bad value stops the start with one line that names the variable."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from servicekit.common_settings import CommonSettings
from servicekit.settings import SettingsError, described, load
from stack.keys import key_of
from stack.replicas import SERVICES
from stack.services import ROOT
from stack.unlimited import LIMITS
from tests.fakes.certificates import Authority

# Bad values by the end of the variable's name. Paths are relative to the test's folder of keys.
ADDRESS = ("", "7102", "127.0.0.1", "127.0.0.1:", ":7102", "127.0.0.1:99999", "127.0.0.1:abc", "a b:7102", "http://h:7102")
PEERS = ("", ",", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:7101,h")
NUMBER = ("many", "0", "-1", "nan", "inf")
WORD = ("perhaps", "2")
URL = ("localhost", "ftp://h", "http://", "http://h:port", "http://h:99999", "http://h/path", "http:// h")
FILE = ("nowhere.pem", ".", "words.txt")
BAD: dict[str, tuple[str, ...]] = {
    "PARLEY_KAFKA": PEERS,
    "PARLEY_KAFKA_FETCH_WAIT": NUMBER,
    "PARLEY_KAFKA_FETCH_PAUSE": ("soon", "-1", "nan"),
    "PARLEY_MONGO_PING": NUMBER,
    "PARLEY_KAFKA_IDEMPOTENCE": WORD,
    "PARLEY_KAFKA_KEEPS_LOG": WORD,
    "PARLEY_KAFKA_REPLICATION": (*NUMBER, "1.5"),
    "PARLEY_KAFKA_PARTITIONS": (*NUMBER, "1.5"),
    "PARLEY_KAFKA_TLS": WORD,
    **{
        f"PARLEY_{name}": FILE
        for name in ("KAFKA_CA", "KAFKA_CERT", "KAFKA_CERT_KEY", "MONGO_CA", "MONGO_CERT", "OTLP_CA", "TLS_CERT", "TLS_KEY", "TLS_CA")
    },
    "PARLEY_KAFKA_SASL": ("GSSAPI", "scram-sha-512", ""),
    "PARLEY_PREPARE": WORD,
    "PARLEY_STOP_DELAY": ("soon", "-1", "nan"),
    "PARLEY_MONGO": ("", "h:27017", "http://h", "mongodb://"),
    "PARLEY_MONGO_PREFIX": ("a/b", "a b", "a.b", "x" * 41),
    "PARLEY_KEYS": ("nowhere", "chat-1.pem"),
    "PARLEY_OTLP_ENDPOINT": URL,
    "PARLEY_OTLP_HEADERS": ("key", "=value", "Key=value", "a b=value", "key=ü", "key=value,other"),
    "PARLEY_LOG_LEVEL": ("loud",),
    "PARLEY_LOG_FORMAT": ("xml",),
    "PARLEY_REPLICA": ("", "a b", "x" * 101),
    "_GRPC_ADDRESS": ADDRESS,
    "_METRICS_ADDRESS": ADDRESS,
    "_KEY": ("nowhere.pem", "", "garbage.pem", "chat-1.pub.pem"),
    **{f"PARLEY_{service.upper()}": PEERS for service in SERVICES},
    "PARLEY_CHAT_OLDER_AFTER": NUMBER,
    "PARLEY_CHAT_PUSH_EXPIRES_AFTER": NUMBER,
    "PARLEY_CHAT_RETURN_LOOKED_EVERY": NUMBER,
    "PARLEY_CHAT_TICKET_ASKED_AFTER": NUMBER,
    "PARLEY_CHAT_TICKET_ASKED_AT_MOST": NUMBER,
    "PARLEY_CHAT_SWEEP_SECONDS": NUMBER,
    "PARLEY_HTTP_HOST": ("", "127.0.0.1:8080", "a b"),
    "PARLEY_HTTP_PORT": ("many", "-1", "65536"),
    "PARLEY_GATEWAY_WEB": ("no/such/folder",),
    "PARLEY_GATEWAY_GALLERY": WORD,
    "PARLEY_GATEWAY_PUBLIC_URL": URL,
    "PARLEY_GATEWAY_ORIGINS": URL,
    "PARLEY_GATEWAY_PROVIDERS": FILE,
    "PARLEY_GATEWAY_PROVIDERS_CA": FILE,
    "PARLEY_GATEWAY_TRUST_PROXY": WORD,
    "PARLEY_GATEWAY_MAX_CONNECTIONS": (*NUMBER, "1.5"),
    "PARLEY_GATEWAY_HEAD_SECONDS": NUMBER,
    "PARLEY_GATEWAY_BODY_SECONDS": NUMBER,
    "PARLEY_GATEWAY_ANSWER_SECONDS": NUMBER,
    "PARLEY_GATEWAY_SEND_BOUND": NUMBER,
    "PARLEY_GATEWAY_BEAT_SECONDS": NUMBER,
    "PARLEY_GATEWAY_SILENCE_SECONDS": NUMBER,
    "PARLEY_GATEWAY_DIGEST_SECONDS": NUMBER,
    "PARLEY_GATEWAY_POST_SECONDS": NUMBER,
    "PARLEY_GATEWAY_RESOLVE_SECONDS": NUMBER,
    "PARLEY_GATEWAY_DRAIN_SECONDS": ("soon", "-1", "nan"),
    **{f"PARLEY_GATEWAY_LIMIT_{limit}": ("30", "0/60", "30/0", "30/60/1", "a/b", "-1/60", "1.5/60") for limit in LIMITS},
    "PARLEY_GATEWAY_PEOPLE_PER_ADDRESS": NUMBER,
    "PARLEY_GATEWAY_SOCKETS_PER_PERSON": NUMBER,
    "PARLEY_GATEWAY_UPLOADS_PER_PERSON": NUMBER,
    "PARLEY_GATEWAY_UPLOAD_SECONDS": NUMBER,
    "PARLEY_NOTIFY_RECONCILE_EVERY": NUMBER,
    "PARLEY_NOTIFY_PUSH_HOSTS": ("https://h", "h/path", "a b", "h:0", "h:99999", "H"),
    "PARLEY_NOTIFY_PUSH_CONTACT": (
        "",
        "admin@example.com",
        "mailto:admin",
        "http://example.com",
        "https://example.com/x",
        "mailto:a b@c.d",
    ),
    "PARLEY_NOTIFY_WEBHOOK_ALLOW": ("http://h", "h:port", "a b", "h:1:2", "h/path"),
    "PARLEY_NOTIFY_WEBHOOK_HOSTS": ("http://h", "h:port", "a b", "h:1:2", "h/path"),
    "PARLEY_PRESENCE_AWAY_AFTER": (*NUMBER, "3601"),
    "PARLEY_PRESENCE_OFFLINE_GRACE": ("many", "-1", "nan", "21"),
    "PARLEY_PRESENCE_LEASE": NUMBER,
    "PARLEY_PRESENCE_HANDOVER": ("many", "-1", "nan"),
    "PARLEY_PRESENCE_PATIENCE": ("many", "-1", "nan"),
    "PARLEY_TICKETS_TRIAL": (*WORD, "1", "yes", "TRUE", ""),
    "PARLEY_TICKETS_AUDIT_DAYS": NUMBER,
    "PARLEY_TICKETS_ERASE_AFTER_SECONDS": NUMBER,
    "PARLEY_TICKETS_SIGN_IN_DAYS": NUMBER,
    "PARLEY_TICKETS_REFRESH_GRACE_HOURS": NUMBER,
    "PARLEY_TICKETS_ATTACHMENT_MB": NUMBER,
    "PARLEY_CHAT_FILE_MB": NUMBER,
}
# The gateway keeps no data.
UNUSED = {("gateway", "PARLEY_MONGO")}
ANY_TEXT = {"PARLEY_KAFKA_USER", "PARLEY_KAFKA_PASSWORD"}


def class_of(service: str) -> Any:
    module = importlib.import_module(f"services.{service}.config")
    (found,) = [value for name, value in vars(module).items() if name.endswith("Settings") and value is not CommonSettings]
    return found


def variables(service: str) -> list[str]:
    return [variable for variable, _ in described(class_of(service)) if (service, variable) not in UNUSED and variable not in ANY_TEXT]


def bad_values(variable: str) -> tuple[str, ...]:
    whole = BAD.get(variable)
    return whole if whole is not None else next(values for end, values in BAD.items() if end.startswith("_") and variable.endswith(end))


@pytest.fixture
def good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Returns the settings without a default of every service. The working directory is the folder of keys."""
    monkeypatch.chdir(tmp_path)
    keys = {f"PARLEY_{service.upper()}_KEY": str(key_of(tmp_path, service)) for service in SERVICES}
    Authority(tmp_path)
    for name in ("garbage.pem", "words.txt"):
        (tmp_path / name).write_text("hello")
    return {"PARLEY_KAFKA": "127.0.0.1:9092", "PARLEY_MONGO": "mongodb://u:hush@h/", "PARLEY_KEYS": str(tmp_path), **keys}


@pytest.mark.parametrize(("service", "variable"), [(service, variable) for service in SERVICES for variable in variables(service)])
def test_an_invalid_value_is_refused_in_one_line_with_the_name_of_the_variable(good: dict[str, str], service: str, variable: str) -> None:
    load(class_of(service), good)
    for value in bad_values(variable):
        with pytest.raises(SettingsError) as raised:
            load(class_of(service), {**good, variable: value})
        assert str(raised.value).startswith(f"{variable} is "), value
        assert "It must be " in str(raised.value)
        assert "\n" not in str(raised.value)


def test_a_service_with_an_invalid_setting_exits_with_code_2_and_one_line(good: dict[str, str]) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **good, "PARLEY_CHAT_KEY": "garbage.pem"}
    ended = subprocess.run([sys.executable, "-m", "services.chat"], env=environ, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1), ended.stderr
    assert ended.stderr.startswith("PARLEY_CHAT_KEY is 'garbage.pem'. It must be a readable file with an Ed25519 private key")


SIGN_IN = {"PARLEY_KAFKA_USER": "parley", "PARLEY_KAFKA_PASSWORD": "hush"}
TLS = {"PARLEY_TLS_CERT": "chat-1.pem", "PARLEY_TLS_KEY": "chat-1.pem", "PARLEY_TLS_CA": "ca.pem"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"PARLEY_KAFKA_USER": "parley"}, "PARLEY_KAFKA_PASSWORD"),
        ({"PARLEY_KAFKA_PASSWORD": "hush"}, "PARLEY_KAFKA_USER"),
        ({**SIGN_IN, "PARLEY_KAFKA_SASL": "PLAIN"}, "PARLEY_KAFKA_SASL"),
        ({"PARLEY_KAFKA_CA": "ca.pem"}, "PARLEY_KAFKA_TLS"),
        ({"PARLEY_KAFKA_TLS": "true", "PARLEY_KAFKA_CERT": "chat-1.pem"}, "PARLEY_KAFKA_CERT_KEY"),
        ({"PARLEY_KAFKA_TLS": "true", "PARLEY_KAFKA_CERT_KEY": "chat-1.pem"}, "PARLEY_KAFKA_CERT"),
        ({"PARLEY_KAFKA_TLS": "true", "PARLEY_KAFKA_CERT": "ca.pem", "PARLEY_KAFKA_CERT_KEY": "chat-1.pem"}, "PARLEY_KAFKA_CERT"),
        ({"PARLEY_OTLP_ENDPOINT": "http://collector:4317", "PARLEY_OTLP_CA": "ca.pem"}, "PARLEY_OTLP_ENDPOINT"),
        (TLS, "PARLEY_TLS_CERT"),
        *(({name: file for name, file in TLS.items() if name != missing}, missing) for missing in TLS),
    ],
)
@pytest.mark.parametrize("service", SERVICES)
def test_a_setting_that_needs_another_one_names_it(good: dict[str, str], service: str, given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(class_of(service), {**good, **given})
    assert str(raised.value).startswith(f"{named} is ")
    assert "hush" not in str(raised.value)


def test_identity_providers_need_the_address_to_which_they_return(good: dict[str, str], tmp_path: Path) -> None:  # spec 10.1
    listed = [{"id": "a", "name": "A", "desk_id": "d", "app": "tech", "issuer": "https://id.example.com", "client_id": "c"}]
    (tmp_path / "providers.json").write_text(json.dumps(listed))
    given = {**good, "PARLEY_GATEWAY_PROVIDERS": "providers.json"}
    with pytest.raises(SettingsError) as raised:
        load(class_of("gateway"), given)
    assert str(raised.value).startswith("PARLEY_GATEWAY_PUBLIC_URL is not set")
    settings = load(class_of("gateway"), {**given, "PARLEY_GATEWAY_PUBLIC_URL": "https://chat.example.com"})
    assert list(settings.identity_providers) == ["a"]


def test_no_password_is_part_of_a_repr(good: dict[str, str]) -> None:
    settings = load(class_of("chat"), {**good, **SIGN_IN, "PARLEY_OTLP_HEADERS": "api-key=hush, other=x=y"})
    assert settings.traces.headers == (("api-key", "hush"), ("other", "x=y"))
    assert "hush" not in repr(settings) + repr(settings.traces)
