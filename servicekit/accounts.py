"""Scopes and desks of service accounts, granted by a file beside the public key and not by the token.

Each line of `<kid>.scopes` holds a scope, such as `<service>:read`, or `desk:<id>`, a desk that the account is restricted to. Without a
`desk` line the account serves every desk. `#` begins a comment. Without the file the account has no permissions. A token may narrow what
the file grants, never widen it. Parley's own services have the scope `internal`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from servicekit.errors import Unauthenticated
from servicekit.logs import log

INTERNAL = "internal"
SUFFIX = ".scopes"
_DESK = "desk:"


@dataclass(frozen=True)
class Grant:
    """`desks` empty: every desk."""

    scopes: frozenset[str] = frozenset()
    desks: frozenset[str] = frozenset()

    def narrowed(self, scopes: Iterable[str] | None, desk_id: str) -> tuple[frozenset[str], str]:
        """The scopes and the desk ("" = every desk) of a token that asks for these; None = all.

        A token is for one desk or for all desks. Raises Unauthenticated for a desk that the account does not serve, and for a token
        without a desk if the account serves several.
        """
        allowed = self.scopes if scopes is None else self.scopes & frozenset(scopes)
        if self.desks and desk_id not in self.desks:
            if desk_id or len(self.desks) > 1:
                raise Unauthenticated("The token must name one of the desks that this account serves.")
            (desk_id,) = self.desks
        # The internal scope covers all desks, so a token that is restricted to one desk does not get it.
        return (allowed - {INTERNAL} if desk_id else allowed), desk_id


NO_GRANT = Grant()


def grants_in(folder: Path) -> dict[str, Grant]:
    """The grants by kid. A file that cannot be read grants nothing."""
    found: dict[str, Grant] = {}
    for file in folder.glob(f"*{SUFFIX}"):
        kid = file.name.removesuffix(SUFFIX)
        try:
            found[kid] = grant_from(file.read_text())
        except (OSError, ValueError) as error:
            log.warning("scopes_unreadable", kid=kid, reason=type(error).__name__)
    return found


def grant_from(text: str) -> Grant:
    """Raises ValueError for a desk without a name: ignoring it could grant every desk."""
    lines = {line.partition("#")[0].strip() for line in text.splitlines()} - {""}
    desks = {line.removeprefix(_DESK).strip() for line in lines if line.startswith(_DESK)}
    if "" in desks:
        raise ValueError("a desk without a name")
    return Grant(frozenset(line for line in lines if not line.startswith(_DESK)), frozenset(desks))
