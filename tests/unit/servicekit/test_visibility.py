"""The filter for customers on made-up messages, and that the gRPC server applies it to answers."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp

from parley.options.v1.options_pb2 import cleared_if_emptied, counts_removed, engineers_only
from servicekit.grpc_client import call, channel
from servicekit.grpc_server import GrpcServer
from servicekit.identity import Caller, TokenSigner, TokenVerifier
from servicekit.metrics import Metrics
from servicekit.visibility import for_customers, reaches_mark
from stack.keys import key_of
from tests.fakes.clock import TurnedClock

Kind = FieldDescriptorProto


def field(name: str, number: int, type_name: str = "", *, marked: bool = False, many: bool = False, **more: Any) -> FieldDescriptorProto:
    """A string, or a message of the type that is named."""
    made = Kind(name=name, number=number, type=Kind.TYPE_STRING, label=Kind.LABEL_REPEATED if many else Kind.LABEL_OPTIONAL, **more)
    if type_name:
        made.type, made.type_name = Kind.TYPE_MESSAGE, f".made_up.{type_name}"
    if marked:
        made.options.Extensions[engineers_only] = True
    return made


def made_up() -> dict[str, Any]:
    """Node holds nodes, singly, in a list and in a oneof. Its field `gone` counts the elements that were removed from the list, and `about`
    is cleared with the last one."""
    gone = Kind(name="gone", number=9, type=Kind.TYPE_UINT32, label=Kind.LABEL_OPTIONAL)
    gone.options.Extensions[counts_removed] = True
    about = field("about", 10)
    about.options.Extensions[cleared_if_emptied] = True
    node = DescriptorProto(name="Node")
    node.oneof_decl.add(name="choice")
    node.oneof_decl.add(name="_maybe")
    node.field.extend(
        [
            field("name", 1),
            field("secret", 2, marked=True),
            field("secrets", 3, marked=True, many=True),
            field("child", 4, "Node"),
            field("children", 5, "Node", many=True),
            field("open", 6, "Leaf", oneof_index=0),
            field("hidden", 7, "Leaf", marked=True, oneof_index=0),
            field("maybe", 8, marked=True, oneof_index=1, proto3_optional=True),
            gone,
            about,
        ]
    )
    leaf = DescriptorProto(name="Leaf", field=[field("name", 1)])
    pool = DescriptorPool()
    file = FileDescriptorProto(name="made_up.proto", package="made_up", syntax="proto3", message_type=[node, leaf])
    pool.Add(file)
    return {name: GetMessageClass(pool.FindMessageTypeByName(f"made_up.{name}")) for name in ("Node", "Leaf")}


TYPES = made_up()
Node, Leaf = TYPES["Node"], TYPES["Leaf"]


def test_marked_fields_are_cleared_at_any_depth_and_the_message_itself_stays() -> None:
    deep = Node(name="deep", secret="s", secrets=["s"], maybe="")
    message = Node(name="top", child=Node(name="mid", child=deep))
    before = message.SerializeToString()

    shown = for_customers(message)

    assert shown == Node(name="top", child=Node(name="mid", child=Node(name="deep")))
    assert message.SerializeToString() == before


def test_an_element_whose_choice_is_marked_is_removed_and_counted() -> None:
    kept = [Node(name="a", open=Leaf(name="x")), Node(name="b", maybe="s"), Node(name="c")]
    message = Node(children=[Node(hidden=Leaf()), kept[0], Node(hidden=Leaf()), kept[1], kept[2]], gone=1)

    shown = for_customers(message)

    assert shown == Node(children=[kept[0], Node(name="b"), kept[2]], gone=3)


def test_what_is_about_the_elements_of_a_list_goes_with_the_last_of_them() -> None:  # spec 13.3
    hidden, kept = Node(hidden=Leaf()), Node(name="a")
    assert for_customers(Node(about="s", children=[hidden, hidden])) == Node(gone=2)
    assert for_customers(Node(about="s", children=[hidden, kept])) == Node(about="s", children=[kept], gone=1)
    assert for_customers(Node(about="s", secret="s")) == Node(about="s")


def test_a_marked_choice_that_is_no_element_is_cleared() -> None:
    assert for_customers(Node(name="a", child=Node(hidden=Leaf()), hidden=Leaf())) == Node(name="a", child=Node())


@pytest.mark.parametrize("message", [Leaf(name="a"), Timestamp(seconds=1), Node(name="a", children=[Node(open=Leaf())], child=Node())])
def test_a_message_without_anything_to_remove_is_returned_itself(message: Any) -> None:
    assert for_customers(message) is message


def test_types_are_distinguished_by_whether_they_reach_a_mark() -> None:
    assert reaches_mark(Node.DESCRIPTOR) and not reaches_mark(Leaf.DESCRIPTOR)


async def test_a_server_removes_from_a_customers_answers_what_is_marked(tmp_path: Path) -> None:  # spec 10.2
    whole = Node(name="a", secret="s")

    async def unary(request: bytes, context: Any) -> Any:
        return whole

    async def out(request: bytes, context: Any) -> Any:
        yield whole

    def add(server: grpc.aio.Server) -> None:
        methods: Any = {
            "Unary": grpc.unary_unary_rpc_method_handler(unary, response_serializer=Node.SerializeToString),
            "Out": grpc.unary_stream_rpc_method_handler(out, response_serializer=Node.SerializeToString),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("made.up", methods),))

    clock = TurnedClock()
    gateway = TokenSigner(key_of(tmp_path, "gateway"), clock)
    server = GrpcServer("127.0.0.1:0", TokenVerifier(tmp_path, clock), Metrics("test"), services=[("made.up", add)])
    await server.start()
    seen: dict[str, list[Any]] = {}
    async with channel(server.address, gateway, Metrics("client")) as connection:
        line: Any = connection
        for kind in ("customer", "engineer"):
            token = gateway.token(Caller(kind, "p", "P", "harbour", company_id="acme" if kind == "customer" else ""))
            answers = [await call(line.unary_unary("/made.up/Unary"), b"", token=token)]
            answers += [answer async for answer in line.unary_stream("/made.up/Out")(b"", metadata=(("authorization", f"Bearer {token}"),))]
            seen[kind] = [Node.FromString(answer) for answer in answers]
    await server.stop()

    assert seen == {"customer": [Node(name="a")] * 2, "engineer": [whole] * 2}
