"""The caller of a call and whether they may make it: the token, a service account's scope, and the person it acts for.

People may call every RPC, and handlers check what they request. A service account needs the scope that the gRPC service requires for the
RPC; Parley's own services (scope `internal`) need none. An account may act for one person by naming them in the metadata `parley-person`.
The call then has the permissions of that person, and the account still needs the scope.

An engineer whose access is too long for a token has the access of the service's own copy of the directory.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from servicekit.accounts import INTERNAL
from servicekit.errors import Kind, PermissionDenied, TypedError, Unauthenticated, Unavailable
from servicekit.identity import Caller, TokenVerifier, require_scope
from servicekit.logs import log

AUTHORIZATION = "authorization"
BEARER = "Bearer "
PERSON = "parley-person"
# (desk, person) -> the caller that the person's own token would name; desk "" means any desk. None for an unknown or removed person.
PersonOf = Callable[[str, str], Awaitable[Caller | None]]


def require_single_values(keys: Iterable[str]) -> None:
    """Raises Unauthenticated for a second token or person: a proxy may have set the first, and a client must not override it."""
    keys = list(keys)
    for key in (AUTHORIZATION, PERSON):
        if keys.count(key) > 1:
            raise Unauthenticated(f"The metadata {key} is given more than once.", field=key)


class Access:
    """`scopes`: the scopes of RPCs by the full name of their gRPC service; an RPC without a scope is for Parley's own services.

    A gRPC service without a table checks scopes itself. With `person_of` None accounts cannot act for people.
    """

    def __init__(self, verifier: TokenVerifier, scopes: Mapping[str, Mapping[str, str]], person_of: PersonOf | None) -> None:
        self._verifier, self._scopes, self._person_of = verifier, scopes, person_of

    def named(self, metadata: Mapping[str, str]) -> Caller:
        """Whom the call's token names. Raises Unauthenticated."""
        authorization = metadata.get(AUTHORIZATION, "")
        if not authorization.startswith(BEARER):
            raise Unauthenticated("A token is needed.")
        return self._verifier.verify(authorization.removeprefix(BEARER))

    async def caller(self, method: str, metadata: Mapping[str, str], named: Caller) -> Caller:
        """The caller that the method gets. `method` as gRPC names it, /<service>/<rpc>. Raises PermissionDenied, NotFound for an unknown
        person, or Unavailable while the directory lacks a caller's access."""
        self._check_scope(method, named)
        person_id = metadata.get(PERSON, "")
        if person_id:
            return await self._person(method, named, person_id)
        return await self._with_access(named) if named.unlisted else named

    async def _with_access(self, caller: Caller) -> Caller:
        """With the companies and boards of this service's copy of the directory. A service without one decides nothing by them."""
        if self._person_of is None:
            return caller
        person = await self._person_of(caller.desk_id, caller.id)
        if person is None:
            raise Unavailable("The access of this person is not known here yet; repeat with the same id.")
        return caller.with_access_of(person)

    def _check_scope(self, method: str, caller: Caller) -> None:
        _, service, rpc = method.split("/")
        table = self._scopes.get(service)
        if caller.kind == "service" and table is not None and INTERNAL not in caller.scopes:
            require_scope(caller, table.get(rpc, INTERNAL))

    async def _person(self, method: str, account: Caller, person_id: str) -> Caller:
        if account.kind != "service":
            raise PermissionDenied("Only a service account acts for others.", field=PERSON)
        if self._person_of is None:
            raise PermissionDenied("Service accounts cannot act for people here.", field=PERSON)
        person = await self._person_of(account.desk_id, person_id)
        if person is None:
            raise TypedError.of(Kind.NOT_FOUND, "person_not_found", "There is no such person.", field=PERSON)
        log.info("account_acts_for_person", account=account.id, person=person.id, desk=person.desk_id, method=method)
        return person
