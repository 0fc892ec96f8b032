"""The callers of docs/access.md: their tokens for gRPC, and their sign-ins for the gateway."""

from contextlib import AsyncExitStack

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.identity import Caller
from stack.people import EVERYTHING
from stack.signed_in import SignedIn
from tests.contract.rpcs import RPCS
from tests.journeys.desk import CUSTOMERS, ENGINEERS, TestDesk
from tests.journeys.team import ROLES, Team

# Column of the page -> the person, and whether they are of the other desk.
PEOPLE = {
    "owner": ("mia", False),
    "colleague": ("leo", False),
    "sharing": ("leo", False),
    "outsider": ("zoe", False),
    "admin": ("ava", False),
    "supervisor": ("sam", False),
    "engineer": ("eve", False),
    "allowed": ("bo", False),
    "limited": ("gil", False),
    "boards": ("pam", False),
    "limited admin": ("lea", False),
    "desk 2 admin": ("ava", True),
    "desk 2 customer": ("mia", True),
}
ACCOUNTS = ("account", "no scope", "desk 2 account")
NOBODY = "nobody"
COLUMNS = (*PEOPLE, *ACCOUNTS, NOBODY)
# The engineers who see one company, and who see one board.
COMPANY = {"bo": "acme", "gil": "globex", "lea": "acme"}
BOARD = {"pam": "projects"}
EVERY_SCOPE = sorted({rpc.scope for rpc in RPCS.values()} - {"internal"})


def app_of(column: str) -> str:
    return "portal" if PEOPLE[column][0] in CUSTOMERS else "tech"


class Callers:
    """`async with Callers(team, desk, elsewhere)`. `desk` is the desk with the objects."""

    def __init__(self, team: Team, desk: TestDesk, elsewhere: TestDesk) -> None:
        self._team, self._desk, self._elsewhere = team, desk, elsewhere
        self._tokens: dict[str, str] = {}
        self._signed_in: dict[tuple[str, str], SignedIn] = {}
        self._open = AsyncExitStack()

    async def prepare(self) -> None:
        """Adds the people whom TestDesk does not have, and the accounts."""
        await self._desk.add_engineers(["eve"], EVERYTHING)
        await self._desk.add_engineers(["gil"], directory.Access(company_ids=[self._desk.id_of("globex")], all_boards=True))
        await self._desk.add_engineer("pam", "projects")
        acme = directory.Access(company_ids=[self._desk.id_of("acme")], all_boards=True)
        await self._desk.add_engineers(["lea"], acme, directory.ROLE_ADMIN)
        for number, (desk, scopes) in enumerate(((self._desk, EVERY_SCOPE), (self._desk, []), (self._elsewhere, EVERY_SCOPE))):
            name = f"{self._desk.id}a{number}"
            self._tokens[ACCOUNTS[number]] = await self._team.account(name, [f"desk:{desk.id}", *scopes])

    def token(self, column: str) -> str:
        """Empty for nobody."""
        if column not in PEOPLE:
            return self._tokens.get(column, "")
        word, foreign = PEOPLE[column]
        desk = self._elsewhere if foreign else self._desk
        if word in CUSTOMERS:
            return self._team.token_of(Caller("customer", desk.id_of(word), word, desk.id, company_id=desk.id_of(CUSTOMERS[word])))
        companies, boards = [frozenset({desk.id_of(only[word])}) if word in only else None for only in (COMPANY, BOARD)]
        role = "admin" if column == "limited admin" else ROLES[ENGINEERS.get(word, directory.ROLE_ENGINEER)]
        return self._team.token_of(Caller("engineer", desk.id_of(word), word, desk.id, role=role, companies=companies, boards=boards))

    async def signed_in(self, column: str, app: str = "") -> SignedIn:
        """The person's sign-in; of nobody one without a cookie. `app`: with the cookie named as that of the app, "" = the person's own."""
        own = app_of(column) if column in PEOPLE else app
        key = (column, app or own)
        if key not in self._signed_in:
            word, foreign = PEOPLE.get(column, ("", False))
            person_id = (self._elsewhere if foreign else self._desk).id_of(word)
            person = SignedIn(self._desk.gateways[0], key[1], person_id)
            self._open.push_async_callback(person.close)
            if key[1] != own:
                first = await self.signed_in(column)
                person.cookie, person.sign_in_id = first.cookie, first.sign_in_id
            elif column in PEOPLE:
                await person.sign_in()
            self._signed_in[key] = person
        return self._signed_in[key]

    async def close(self) -> None:
        await self._open.aclose()
