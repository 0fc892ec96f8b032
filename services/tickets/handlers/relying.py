"""A desk keeps an admin of the whole desk (spec 10.2) and a board that is not archived (spec 2.10), also when two calls at the same moment
each take one of the last two."""

from dataclasses import replace

from services.tickets.domain.access.directory import is_admin_of_all
from services.tickets.domain.directory import Board, Entry, Person, is_admin
from services.tickets.domain.errors import LastAdmin, LastBoard
from services.tickets.domain.people import Side
from services.tickets.domain.people_list import PeopleCursor, PeopleQuery
from services.tickets.ports import Directory

READ_AT_ONCE = 1001
# Seconds before a call that lost a race decides again.
LONGEST_BACK_OFF = 0.4


async def rely_on_another_admin(taken: Person, directory: Directory) -> None:
    """Call it after `taken` was loaded and before the save that takes their role. Raises LastAdmin, or RevisionTaken: then load and decide
    again.

    It saves the admin on whom the desk relies from now on at a new revision, with the same content. Of two calls that rely on the admin
    whom the other one takes, each has raised the revision that the other one saves, so not both succeed. A crash before the save
    leaves that revision and nothing else."""
    await _rely_on(await another_admin(taken, directory), directory)


async def rely_on_another_board(taken: Board, directory: Directory) -> None:
    """The same for the board `taken`, before the save that archives it. Raises LastBoard or RevisionTaken.

    The last one of the list, because a page archives several in the order of the list, each at the revision that it has read."""
    for board, _ in reversed(await directory.of_desk(taken.desk_id, Board)):
        entry = await directory.entry(Board, board.id) if board.id != taken.id and not board.archived else None
        if entry is not None and isinstance(entry.content, Board) and not entry.content.archived:
            return await _rely_on(entry, directory)
    raise LastBoard


async def another_admin(taken: Person, directory: Directory) -> Entry:
    """The entry of an admin of the desk who is not `taken`; of the whole desk if `taken` is. Raises LastAdmin."""
    fits = is_admin_of_all if is_admin_of_all(taken) else is_admin
    query = PeopleQuery(desk_id=taken.desk_id, side=Side.ENGINEER)
    last: PeopleCursor | None = PeopleCursor.parse("")
    while last is not None:
        part = await directory.people(query, last, READ_AT_ONCE)
        for _, person in part.people:
            # Loaded once more, because the list has no revisions.
            entry = await directory.entry(Person, person.id) if fits(person) and person.id != taken.id else None
            if entry is not None and fits(entry.content):
                return entry
        last = part.last
    raise LastAdmin


async def _rely_on(other: Entry, directory: Directory) -> None:
    await directory.save(replace(other, revision=other.revision + 1), None)
