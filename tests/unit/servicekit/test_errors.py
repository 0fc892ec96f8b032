"""The mapping between typed errors and gRPC statuses is complete."""

import grpc
import pytest

from servicekit.errors import TRANSIENT, InvalidArgument, Kind, TypedError, Unavailable, as_typed
from servicekit.grpc_errors import KIND, STATUS, from_rpc_error, to_status


class DomainError(Exception):
    """An error class as a domain defines it, without an import of servicekit."""

    kind, code, field = "failed_precondition", "joined_first", "session_id"

    def __init__(self) -> None:
        super().__init__("Ava joined first.")
        self.details = {"person_id": "ava", "waited": 7}


def test_each_kind_has_a_status_and_each_status_a_kind() -> None:
    assert set(STATUS) == set(Kind)
    assert set(KIND) == set(grpc.StatusCode) - {grpc.StatusCode.OK}
    assert set(Kind) >= TRANSIENT


def test_a_domain_error_is_recognised_by_its_attributes() -> None:
    typed = as_typed(DomainError())
    assert typed is not None
    assert (typed.kind, typed.code, typed.field) == (Kind.FAILED_PRECONDITION, "joined_first", "session_id")
    assert (typed.message, typed.details) == ("Ava joined first.", {"person_id": "ava", "waited": "7"})


def test_an_error_without_the_attributes_is_not_a_typed_error() -> None:
    class OtherKind(DomainError):
        kind = "no such kind"

    class NoDetails(Exception):
        kind, code, field = "not_found", "x", ""

    for error in (OtherKind(), NoDetails(), ValueError("x"), KeyError(1)):
        assert as_typed(error) is None


def returned(error: TypedError) -> grpc.aio.AioRpcError:
    code, message, trailing = to_status(error)
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(*trailing), message)


@pytest.mark.parametrize("kind", list(Kind))
def test_an_error_of_any_kind_round_trips(kind: Kind) -> None:
    error = TypedError.of(kind, "some_code", "Sätze ✓", field="wish.phone", details={"a": "b", "ü": "✓"})

    got = from_rpc_error(returned(error))

    expected_kind = Kind.UNAVAILABLE if kind is Kind.UNAVAILABLE else kind
    assert (got.kind, got.code, got.field, got.message, got.details) == (
        expected_kind,
        "some_code",
        "wish.phone",
        "Sätze ✓",
        {"a": "b", "ü": "✓"},
    )
    assert isinstance(got, Unavailable) == (kind in (Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED))


def test_a_foreign_error_without_details_has_its_kind_as_code() -> None:
    foreign = grpc.aio.AioRpcError(grpc.StatusCode.NOT_FOUND, grpc.aio.Metadata(), grpc.aio.Metadata(), "gone")
    got = from_rpc_error(foreign)
    assert (got.kind, got.code, got.message, got.field, got.details) == (Kind.NOT_FOUND, "not_found", "gone", "", {})


def test_field_and_details_are_separate() -> None:
    error = InvalidArgument("No phone number.", field="phone", given="letters")
    assert (error.field, error.details, error.transient) == ("phone", {"given": "letters"}, False)
    assert Unavailable("x").transient
