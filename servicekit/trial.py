"""The setting of the trial sign-in (spec 10.1), which every service that lets demo people in reads and checks against its own settings."""

import re
from collections.abc import Mapping
from typing import Any

from servicekit.settings import SettingsError, setting

VARIABLE = "PARLEY_TICKETS_TRIAL"
# An address on this machine, with or without a port.
_HERE = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?")


def trial_setting(production: str) -> Any:
    """A field of settings. `production`: what of the service's own settings looks like production."""
    return setting(
        "Whether demo people may sign in without a password; each service lets them in only if its own setting allows it. `true`"
        f" refuses to start where something looks like production: {production}. `public` lets anybody in there too. One of",
        env=VARIABLE,
        default="false",
        choices=("false", "true", "public"),
    )


def is_on(trial: str) -> bool:
    return trial != "false"


def check_trial(trial: str, urls: Mapping[str, str], addresses: Mapping[str, str]) -> None:
    """Raises SettingsError when the trial is on without being public, and a setting is not of this machine. Keys are the variables;
    `urls` and `addresses` may be lists with commas, and an empty one is of this machine."""
    if trial != "true":
        return
    for variable, listed in urls.items():
        if any(url.strip().startswith("https://") for url in listed.split(",")):
            raise _refusal(f"{variable} is https")
    hosts = {variable: listed.replace("http://", "") for variable, listed in urls.items()} | dict(addresses)
    for variable, listed in hosts.items():
        if not all(_HERE.fullmatch(host.strip().rstrip("/")) for host in listed.split(",") if host.strip()):
            raise _refusal(f"{variable} is not on this machine")


def _refusal(why: str) -> SettingsError:
    wanted = "It must be false where this is production, or public to let anybody sign in by name all the same"
    return SettingsError(f"{VARIABLE} is 'true' while {why}. {wanted}.")
