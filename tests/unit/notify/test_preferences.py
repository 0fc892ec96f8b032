"""Each person's preferences for notifications, with the ports in memory."""

import pytest

from servicekit.identity import Caller
from services.notify.domain.errors import NotAllowed, WrongArgument
from services.notify.domain.preferences import Preferences
from tests.unit.notify.world import AVA, MIA, World, caller, world_with_pages


@pytest.fixture
def world() -> World:
    return world_with_pages()


async def test_preferences_are_checked_and_have_defaults_by_side(world: World) -> None:  # spec 5.12
    assert await world.wishes.get(caller(AVA)) == (Preferences(), 0)
    assert (await world.wishes.get(MIA))[0].push_when_away
    with pytest.raises(WrongArgument):
        await world.wishes.update(MIA, Preferences(volume=101))
    quiet = Preferences(sound=False, volume=0)
    assert await world.wishes.update(MIA, quiet) == quiet
    assert await world.wishes.get(MIA) == (quiet, 0)
    with pytest.raises(NotAllowed):
        await world.wishes.get(Caller("service", "robot", "robot", "harbour"))


async def test_a_language_is_kept_until_another_is_chosen(world: World) -> None:  # spec 13.6
    assert (await world.wishes.get(MIA))[0].language == ""
    for language in ("de", "en"):
        assert (await world.wishes.update(MIA, Preferences(language=language))).language == language
        # A page of the version before sends none.
        assert (await world.wishes.update(MIA, Preferences(volume=5))).language == language
        assert await world.wishes.get(MIA) == (Preferences(volume=5, language=language), 0)
