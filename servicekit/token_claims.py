"""Reads the claims of tokens, which are untrusted: a claim may be any JSON value."""

from datetime import datetime, timedelta
from typing import Any

from servicekit.moments import to_ms

# No token is valid for longer than this.
MAX_VALIDITY = timedelta(hours=1, minutes=1)


def text(claims: dict[str, Any], name: str) -> str:
    """ "" for a missing claim. Raises TypeError."""
    found = claims.get(name, "")
    if not isinstance(found, str):
        raise TypeError(f"{name} is not a string")
    return found


def texts(claims: dict[str, Any], name: str) -> frozenset[str] | None:
    """None for a missing claim. Raises TypeError."""
    found = claims.get(name)
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise TypeError(f"{name} is not a list of strings")
    return frozenset(found)


def audiences(claims: dict[str, Any]) -> frozenset[str]:
    """The claim `aud`, a text or a list of them. Raises TypeError."""
    return frozenset({claims["aud"]}) if isinstance(claims["aud"], str) else texts(claims, "aud") or frozenset()


def expiry(seconds: Any, now: datetime) -> float:
    """The claim `exp` in milliseconds. Raises ValueError."""
    # Compared before the multiplication: the number may be NaN, or too large for a float.
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= to_ms(now + MAX_VALIDITY) / 1000:
        raise ValueError("the expiry is invalid or too far in the future")
    return seconds * 1000
