"""The file of identity providers: a JSON list, checked when the gateway starts (docs/sign_in.md)."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from services.gateway.domain.provider import Names, Provider, RefreshMode
from services.gateway.domain.site import App

MAX_PROVIDERS = 500
_HERE = ("localhost", "127.0.0.1", "::1")
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
# Space between several makes the parameter `acr_values`.
_Values = Annotated[tuple[Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,200}$")], ...], msgspec.Meta(max_length=20)]


class _Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    desk_id: _Text
    app: App
    issuer: _Text
    client_id: _Text
    client_secret_file: str = ""
    claim: _Text = "email"
    names: Names = Names.EMAIL
    verifies_addresses: bool = False
    scopes: _Text = "openid email"
    listed: bool = True
    ends_session: bool = True
    sends_id_token: bool = False
    refresh: RefreshMode = RefreshMode.NEVER
    refresh_minutes: Annotated[int, msgspec.Meta(ge=5, le=24 * 60)] = 60
    lasts_hours: Annotated[int, msgspec.Meta(ge=0, le=365 * 24)] = 0
    acr_values: _Values = ()
    amr_values: _Values = ()


def providers_in(file: Path) -> dict[str, Provider]:
    """The providers by id, in the order of the file. Raises OSError, or ValueError with a sentence that names the field."""
    try:
        listed = msgspec.json.decode(file.read_bytes(), type=list[_Listed])
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    if len(listed) > MAX_PROVIDERS:
        raise ValueError(f"It has more than {MAX_PROVIDERS} providers")
    found: dict[str, Provider] = {}
    for number, one in enumerate(listed):
        where = f"at `$[{number}]"
        if one.id in found:
            raise ValueError(f"The id {one.id!r} is there twice - {where}.id`")
        if not _is_issuer(one.issuer):
            raise ValueError(f"An issuer is an https URL without query, or http on this machine - {where}.issuer`")
        if "openid" not in one.scopes.split():
            raise ValueError(f"The scopes must have openid - {where}.scopes`")
        if one.client_secret_file:
            secret_in(one.client_secret_file)
        found[one.id] = Provider(**msgspec.structs.asdict(one))
    return found


def secret_in(file: str) -> str:
    """The text of a secret's file, without the line break at its end. Empty for no file. Raises OSError or ValueError."""
    secret = Path(file).read_text().strip() if file else ""
    if file and not secret:
        raise ValueError(f"{file} is empty")
    return secret


def is_safe(url: object) -> bool:
    """Whether an address is https, or on this machine, so that nobody in between reads or changes what is sent."""
    if not isinstance(url, str) or re.search(r"[^!-~]", url):
        return False
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 raises ValueError for an invalid port
    except ValueError:
        return False
    return bool(parts.hostname) and not parts.username and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE))


def _is_issuer(issuer: str) -> bool:
    return is_safe(issuer) and "?" not in issuer and "#" not in issuer
