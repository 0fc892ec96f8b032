"""Settings from environment variables: frozen dataclasses whose fields have the name and the description of their variable.

`load` raises an error with one sentence that names the variable; `table` returns the documentation of all settings.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import GenericAlias
from typing import Any, TypeVar, get_type_hints

from servicekit.setting_kinds import Kind

T = TypeVar("T")


class SettingsError(Exception):
    """One sentence that names the variable. It never carries the value of a secret."""


def setting(
    text: str,
    *,
    env: str = "",
    default: Any = dataclasses.MISSING,
    kind: Kind | None = None,
    secret: bool = False,
    shown: str = "",
    choices: Sequence[str] = (),
) -> Any:
    """A dataclass field that is read from the variable `env`. `text` describes it, with its unit; a secret is never printed.

    Without `env` the variable is the class's `prefix` and the field's name: for PARLEY_CHAT_ and `key` it is PARLEY_CHAT_KEY. `kind` is a
    condition on the value (setting_kinds.py). The table has `shown` in place of a default that depends on the machine. With `choices` any
    other text is refused.
    """
    metadata = {"text": text, "env": env, "kind": kind, "secret": secret, "shown": shown, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata, repr=not secret)


def load(cls: type[T], environ: Mapping[str, str]) -> T:
    """The settings in `environ`. An empty variable counts as set only for text and lists. Raises SettingsError."""
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for env, field in described(cls):
        kind = hints[field.name]
        text = environ.get(env)
        if text is None or (text == "" and kind not in (str, tuple[str, ...])):
            if field.default is dataclasses.MISSING:
                raise SettingsError(f"{env} is not set. It must be {_wanted(field, kind)}: {field.metadata['text']}")
            continue
        try:
            values[field.name] = _parse(kind, text.strip())
            if not _fits(field, values[field.name]):
                raise ValueError(text)
        except (ValueError, OSError):
            shown = "not usable" if field.metadata["secret"] else repr(text)
            raise SettingsError(f"{env} is {shown}. It must be {_wanted(field, kind)}: {field.metadata['text']}") from None
    return cls(**values)


def table(cls: type[Any]) -> str:
    """A Markdown table with variable, default and meaning of each setting."""
    lines = ["| Variable | Default | What it means |", "|---|---|---|"]
    for env, field in described(cls):
        choices = f": {', '.join(field.metadata['choices'])}" if field.metadata["choices"] else ""
        lines.append(f"| `{env}` | {_shown_default(field)} | {field.metadata['text']}{choices} |")
    return "\n".join(lines)


def described(cls: type[Any]) -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    """Each setting with its variable."""
    for field in dataclasses.fields(cls):
        if "env" in field.metadata:
            yield field.metadata["env"] or f"{cls.prefix}{field.name.upper()}", field


def _shown_default(field: dataclasses.Field[Any]) -> str:
    default = field.default
    if default is dataclasses.MISSING:
        return "required"
    if field.metadata["shown"]:
        return str(field.metadata["shown"])
    if field.metadata["secret"] and default:
        return "(hidden)"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    text = ",".join(default) if isinstance(default, tuple) else str(default)
    return f"`{text}`" if text else "empty"


_WANTED: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path",
    tuple[str, ...]: "a comma-separated list",
}


def _fits(field: dataclasses.Field[Any], value: Any) -> bool:
    kind, choices = field.metadata["kind"], field.metadata["choices"]
    return (not choices or value in choices) and (kind is None or kind.fits(value))


def _wanted(field: dataclasses.Field[Any], type_: type | GenericAlias) -> str:
    kind, choices = field.metadata["kind"], field.metadata["choices"]
    if kind is not None:
        return str(kind.wanted)
    return f"one of {', '.join(choices)}" if choices else _WANTED[type_]


def _parse(kind: Any, text: str) -> Any:
    if kind is bool:
        words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if text.lower() not in words:
            raise ValueError(text)
        return words[text.lower()]
    if kind is float and not float("-inf") < float(text) < float("inf"):
        raise ValueError(text)
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return kind(text)
