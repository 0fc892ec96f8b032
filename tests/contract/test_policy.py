"""Each service decides in its policy alone who may see and do what: `domain/access.py`, or the package `domain/access` (docs/access.md)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/domain"))
# What decides about access, whatever the variable is called.
LIMITS = {"role", "scopes", "companies", "boards", "unlisted", "whole_desk"}
# Kinds and sides of people, as a comparison names them.
PEOPLE = {"'engineer'", "'customer'", "'service'", "Side.ENGINEER", "Side.CUSTOMER"}
# Names of the caller, and what of a caller decides about access, although fields of other things have the same names.
CALLERS = {"caller", "viewer", "actor", "by"}
FIELDS = {"kind", "side", "role", "scopes", "companies", "boards", "access", "unlisted", "whole_desk"}
# They decide something else by such a field.
EXCEPTIONS = {
    "services/chat/domain/chat_log.py": "marks what customers wrote",
    "services/chat/domain/conversation.py": "customers and engineers leave and come back by different rules",
    "services/chat/domain/history.py": "makes terms of the access that a query has from the policy",
    "services/chat/domain/session.py": "the state of a session names the engineer who took it",
    "services/chat/handlers/session_queue.py": "steps of engineers come before messages",
    "services/chat/inbound/post_receiver.py": "reads the access that a token does not list",
    "services/chat/outbound/mongo_sessions.py": "makes a query of the access that the policy gave",
    "services/gateway/outbound/server_frames.py": "writes the side of who types into a frame",
    "services/notify/outbound/mongo_session_alerts.py": "reads fewer alerts, of which the policy then selects",
    "services/tickets/directory_contract.py": "translates people of the directory",
    "services/tickets/domain/audit.py": "writes what changed of a person",
    "services/tickets/domain/directory.py": "what a person of the directory must have, and mentions",
    "services/tickets/domain/erasure.py": "notes the side of who is erased",
    "services/tickets/domain/people.py": "is the access itself, which the policy asks",
    "services/tickets/domain/person_export.py": "writes the fields of who is exported",
    "services/tickets/handlers/access.py": "makes an Actor of a token",
    "services/tickets/handlers/directory.py": "describes people to other services",
    "services/tickets/handlers/person_export.py": "engineers have canned replies",
    "services/tickets/handlers/ticket_commands.py": "a ticket is assigned to an engineer",
    "services/tickets/import.py": "a command whose operator names an engineer",
    "services/tickets/outbound/mongo_people.py": "makes a query of the access that the policy gave",
    "services/tickets/outbound/mongo_ticket_list.py": "makes a query of the access that the policy gave",
}
# Methods that only read a value, so a call of them decides nothing.
READING = {"items", "keys", "values", "split"}


def policy_of(service: str) -> set[Path]:
    domain = ROOT / "services" / service / "domain"
    return {domain / "access.py", *(domain / "access").glob("*.py")}


def is_of_caller(node: ast.expr) -> bool:
    """Whether it is such a field of a caller, such as `viewer.person.side`, or a method of their access, such as `by.access.board(id)`."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in READING:
            return False
        node = node.func
        return isinstance(node, ast.Attribute) and (is_of_caller(node.value) or (node.attr == "may_see" and names_caller(node.value)))
    return isinstance(node, ast.Attribute) and (node.attr in LIMITS or (node.attr in FIELDS and names_caller(node.value)))


def asks_for_people(node: ast.AST) -> Iterator[ast.expr]:
    """Kinds and sides that are compared with those of people, such as `somebody.side` in `somebody.side is Side.CUSTOMER`."""
    if isinstance(node, ast.Compare):
        compared = [node.left, *node.comparators]
        if PEOPLE & {ast.unparse(each) for each in compared}:
            yield from (each for each in compared if isinstance(each, ast.Attribute) and each.attr in {"kind", "side"})


def names_caller(node: ast.expr) -> bool:
    return bool(CALLERS & set(re.findall(r"\w+", ast.unparse(node))))


def deciding(tree: ast.AST) -> Iterator[ast.expr]:
    """The expressions on which a branch or a comparison depends, and calls."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=comparators):
                yield from (left, *comparators)
            case ast.BoolOp(values=values):
                yield from values
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield operand
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.Match(subject=test):
                yield test
            case ast.comprehension(ifs=ifs):
                yield from ifs
            case ast.Call():
                yield node


def aliases(tree: ast.AST) -> dict[str, str]:
    """Variables that are assigned such a field alone, with its expression: `seen = engineer.companies`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                both = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                pairs = zip(target.elts, node.value.elts, strict=False) if both else [(target, node.value)]  # type: ignore[attr-defined]
                for name, value in pairs:
                    if isinstance(name, ast.Name) and isinstance(value, ast.Attribute) and is_of_caller(value):
                        found[name.id] = ast.unparse(value)
    return found


def decided(source: str) -> list[str]:
    tree = ast.parse(source)
    found = {ast.unparse(each) for each in deciding(tree) if is_of_caller(each)}
    named = aliases(tree)
    found |= {named[each.id] for each in deciding(tree) if isinstance(each, ast.Name) and each.id in named}
    return sorted(found | {ast.unparse(each) for node in ast.walk(tree) for each in asks_for_people(node)})


def test_access_is_decided_in_the_policy_of_each_service_alone() -> None:  # spec 10.2
    modules = {path for service in SERVICES for path in (ROOT / "services" / service).rglob("*.py")}
    policies = set().union(*map(policy_of, SERVICES))
    found = {str(path.relative_to(ROOT)): expressions for path in modules - policies if (expressions := decided(path.read_text()))}
    assert {path: expressions for path, expressions in found.items() if path not in EXCEPTIONS} == {}
    assert found.keys() == EXCEPTIONS.keys()


def test_each_policy_decides_by_the_caller() -> None:
    assert [service for service in SERVICES if not any(decided(path.read_text()) for path in policy_of(service) if path.exists())] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(somebody, card):\n    return somebody.companies is None or card.company_id in somebody.companies", "somebody.companies"),
        ("def f(x):\n    if x.role in ('admin', 'supervisor'):\n        return 1", "x.role"),
        ("def f(x):\n    return x.whole_desk and 1", "x.whole_desk"),
        ("def f(x):\n    return [1 for _ in range(9) if not x.scopes]", "x.scopes"),
        ("def f(x):\n    return x.token.kind == 'customer'", "x.token.kind"),
        ("def f(x):\n    match x.person.side is not Side.CUSTOMER:\n        case True:\n            return 1", "x.person.side"),
        ("def f(x, card):\n    seen, other = x.boards, 1\n    return seen is None or card.board_id in seen", "x.boards"),
        ("def f(x, id):\n    return x.boards.issuperset({id})", "x.boards.issuperset({id})"),
    ],
)
def test_a_decision_is_found_whatever_the_caller_is_called(source: str, found: str) -> None:
    assert decided(source) == [found]


def test_what_decides_nothing_about_a_caller_is_not_found() -> None:
    assert decided("def f(x, event):\n    if event.kind == 'closed':\n        return list(x.boards.items())") == []
