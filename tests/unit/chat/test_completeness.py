"""The contract is covered: each RPC has a method, each error has a status, each event has an effect and a name."""

import ast
import inspect
import typing

import pytest

from parley.chat.v1 import chat_pb2 as pb
from parley.chat.v1.chat_pb2_grpc import ChatServiceServicer
from servicekit.errors import Kind, as_typed
from servicekit.grpc_errors import STATUS
from services.chat.contract import sessions as contract
from services.chat.domain import chat_log, errors, events, session
from services.chat.handlers import opening
from services.chat.inbound.grpc_api import NAME, ChatApi

EVENTS = typing.get_args(events.ChatEvent)
ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ChatError)]


@pytest.mark.parametrize("rpc", [method.name for method in pb.DESCRIPTOR.services_by_name["ChatService"].methods])
def test_each_rpc_has_a_method(rpc: str) -> None:  # spec 11.1
    assert getattr(ChatApi, rpc) is not getattr(ChatServiceServicer, rpc)


def test_the_service_is_named_as_in_the_proto() -> None:  # spec 11.1
    assert NAME == "parley.chat.v1.ChatService"


@pytest.mark.parametrize("error", [*ERRORS, opening.RevisionOneTaken], ids=lambda error: error.__name__)
def test_each_error_has_a_status_and_a_code(error: type[errors.ChatError]) -> None:  # spec 11.1
    raised = error.__new__(error)
    errors.ChatError.__init__(raised, "words", field="a_field", fact="a fact")
    typed = as_typed(raised)
    assert typed is not None and typed.kind in STATUS
    assert (typed.message, typed.field, typed.details) == ("words", "a_field", {"fact": "a fact"})
    assert error is errors.ChatError or typed.kind is not Kind.INTERNAL
    assert typed.code == error.code


def test_every_error_class_is_listed() -> None:
    for error in ERRORS[1:]:
        assert error.__name__ in (errors.__doc__ or "")


def _cases(function: object) -> set[str]:
    """Returns the classes that a match statement names."""
    tree = ast.parse(inspect.getsource(function))  # type: ignore[arg-type]
    return {node.cls.attr for node in ast.walk(tree) if isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Attribute)}


@pytest.mark.parametrize("function", [session._apply_event, chat_log._line], ids=lambda one: one.__name__)
def test_each_event_has_a_branch(function: object) -> None:
    assert {event.__name__ for event in EVENTS} <= _cases(function)


def test_each_event_has_a_name_and_a_field_of_the_proto() -> None:  # spec 11.3
    assert set(contract.EVENT_NAMES) == set(EVENTS)
    assert set(contract.EVENT_NAMES.values()) == set(pb.SessionEvent.DESCRIPTOR.fields_by_name)
