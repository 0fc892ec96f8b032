"""Each service decides in its policy alone who may see and do what: `domain/access.py`, or the package `domain/access` (docs/access.md)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/domain"))
# Names of the caller, and what of a caller decides about access.
CALLERS = {"caller", "viewer", "actor", "by"}
FIELDS = {"kind", "side", "role", "scopes", "companies", "boards", "access", "unlisted", "whole_desk"}
# They decide something else by such a field.
EXCEPTIONS = {
    "services/chat/domain/chat_log.py": "marks what customers wrote",
    "services/chat/domain/conversation.py": "customers and engineers leave and come back by different rules",
    "services/chat/domain/session.py": "the state of a session names the engineer who took it",
    "services/chat/handlers/session_queue.py": "steps of engineers come before messages",
    "services/chat/inbound/post_receiver.py": "reads the access that a token does not list",
    "services/tickets/handlers/access.py": "makes an Actor of a token",
    "services/tickets/import.py": "a command whose operator names an engineer",
}


def policy_of(service: str) -> set[Path]:
    domain = ROOT / "services" / service / "domain"
    return {domain / "access.py", *(domain / "access").glob("*.py")}


def is_of_caller(node: ast.expr) -> bool:
    """Whether it is such a field of a caller, such as `viewer.person.side`, or a method of their access, such as `by.access.board(id)`."""
    if isinstance(node, ast.Call):
        node = node.func
        return isinstance(node, ast.Attribute) and (is_of_caller(node.value) or (node.attr == "may_see" and names_caller(node.value)))
    return isinstance(node, ast.Attribute) and node.attr in FIELDS and names_caller(node.value)


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


def decided(module: Path) -> list[str]:
    found = (ast.unparse(each) for each in deciding(ast.parse(module.read_text())) if is_of_caller(each))
    return sorted(set(found))


def test_access_is_decided_in_the_policy_of_each_service_alone() -> None:  # spec 10.2
    modules = {path for service in SERVICES for path in (ROOT / "services" / service).rglob("*.py")}
    policies = set().union(*map(policy_of, SERVICES))
    found = {str(path.relative_to(ROOT)): expressions for path in modules - policies if (expressions := decided(path))}
    assert {path: expressions for path, expressions in found.items() if path not in EXCEPTIONS} == {}
    assert found.keys() == EXCEPTIONS.keys()


def test_each_policy_decides_by_the_caller() -> None:
    assert [service for service in SERVICES if not any(decided(path) for path in policy_of(service) if path.exists())] == []
