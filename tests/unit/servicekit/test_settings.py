"""A wrong setting is refused at the start, by the variable's name."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from servicekit.settings import SettingsError, load, setting, table


@dataclass(frozen=True, kw_only=True)
class Settings:
    name: str = setting("Who we are", env="X_NAME")
    port: int = setting("Where we listen", env="X_PORT", default=80)
    wait: float = setting("Seconds", env="X_WAIT", default=0.5)
    loud: bool = setting("Whether we shout", env="X_LOUD", default=False)
    folder: Path = setting("Where files are", env="X_FOLDER", default=Path("/tmp"))
    peers: tuple[str, ...] = setting("host:port of each", env="X_PEERS", default=())
    password: str = setting("The door's", env="X_PASSWORD", default="letmein", secret=True)
    pin: int = setting("The safe's", env="X_PIN", default=1234, secret=True)


def test_settings_are_parsed_by_type_and_have_defaults() -> None:
    environ = {"X_NAME": "me", "X_PORT": "8080", "X_WAIT": "2", "X_LOUD": "true", "X_FOLDER": "/var", "X_PEERS": "a:1, b:2,"}

    settings = load(Settings, environ)

    assert settings == Settings(name="me", port=8080, wait=2.0, loud=True, folder=Path("/var"), peers=("a:1", "b:2"))


def test_a_missing_variable_is_named_in_one_line_with_its_meaning() -> None:
    with pytest.raises(SettingsError) as raised:
        load(Settings, {})
    assert str(raised.value) == "X_NAME is not set. It must be text: Who we are"


@pytest.mark.parametrize(
    ("variable", "text"),
    [("X_PORT", "eighty"), ("X_PORT", ""), ("X_WAIT", "soon"), ("X_WAIT", "nan"), ("X_WAIT", "inf"), ("X_LOUD", "perhaps")],
)
def test_a_bad_variable_is_named_in_one_line(variable: str, text: str) -> None:
    if text == "":
        assert load(Settings, {"X_NAME": "me", variable: text}).port == 80
        return
    with pytest.raises(SettingsError) as raised:
        load(Settings, {"X_NAME": "me", variable: text})
    assert str(raised.value).startswith(f"{variable} is {text!r}. It must be ")
    assert "\n" not in str(raised.value)


def test_a_secret_is_not_in_errors_tables_or_prints() -> None:
    with pytest.raises(SettingsError) as raised:
        load(Settings, {"X_NAME": "me", "X_PIN": "hunter2"})
    assert "hunter2" not in str(raised.value)
    assert "letmein" not in table(Settings)
    assert "hunter2" not in repr(load(Settings, {"X_NAME": "me", "X_PASSWORD": "hunter2"}))


def test_the_table_has_a_line_for_each_setting() -> None:
    lines = table(Settings).splitlines()
    assert len(lines) == 2 + 8
    assert "| `X_NAME` | required | Who we are |" in lines
    assert "| `X_LOUD` | `false` | Whether we shout |" in lines
    assert "| `X_PEERS` | empty | host:port of each |" in lines
