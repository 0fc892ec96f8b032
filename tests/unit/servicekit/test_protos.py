"""Words have the numbers of the same name."""

from enum import StrEnum

import pytest

from parley.presence.v1 import presence_pb2 as pb
from servicekit.protos import numbers_of


class Word(StrEnum):
    NONE = ""
    AWAY = "gone for a while"


class Unknown(StrEnum):
    ASLEEP = "asleep"


def test_a_word_has_the_number_of_its_name_and_the_empty_word_none() -> None:
    assert numbers_of(Word, pb.Presence) == {Word.NONE: pb.PRESENCE_UNSPECIFIED, Word.AWAY: pb.PRESENCE_AWAY}


def test_a_word_that_the_proto_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="PRESENCE_ASLEEP"):
        numbers_of(Unknown, pb.Presence)
