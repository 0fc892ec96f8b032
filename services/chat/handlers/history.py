"""Searches the history of a desk (spec 8.1)."""

from dataclasses import replace

from services.chat.domain.access import limits_of, may_see, must_not_be_customer
from services.chat.domain.errors import BadArgument
from services.chat.domain.history import HistoryCursor, HistoryPage, HistoryQuery
from services.chat.domain.people import Viewer
from services.chat.handlers.session_reader import at_desk, no_longer_than_an_id
from services.chat.query_ports import History

MAX_PER_PAGE, USUAL_A_PAGE = 100, 50


class HistorySearch:
    """Raises ChatError or Unavailable."""

    def __init__(self, history: History) -> None:
        self._history = history

    async def page(self, viewer: Viewer, wanted: HistoryQuery, size: int, token: str) -> HistoryPage:
        """Newest opened first, for engineers and services; `size` 0 = USUAL_A_PAGE. A page may hold fewer than `size` although there is
        a next one. `wanted.desk_id` counts only if the viewer has no desk, and must then name one."""
        if not 0 <= size <= MAX_PER_PAGE:
            raise BadArgument(f"At most {MAX_PER_PAGE} a page.", field="page_size")
        no_longer_than_an_id(wanted.company_id, "company_id")
        no_longer_than_an_id(wanted.customer_id, "customer_id")
        if wanted.opened_from and wanted.opened_until and wanted.opened_from > wanted.opened_until:
            raise BadArgument("The end is before the start.", field="opened_until")
        page = await self._history.find(limited(viewer, wanted), size or USUAL_A_PAGE, HistoryCursor.parse(token))
        # The domain's rule of access decides; the query only spares what it would refuse.
        return replace(page, sessions=[session for session in page.sessions if may_see(viewer, session)])


def limited(viewer: Viewer, query: HistoryQuery) -> HistoryQuery:
    """The query, limited to what the viewer may see."""
    viewer = at_desk(viewer, query.desk_id)
    if not viewer.desk_id:
        raise BadArgument("Name a desk.", field="desk_id")
    must_not_be_customer(viewer, "Only engineers may do this.")
    limits = limits_of(viewer)
    return replace(query, desk_id=viewer.desk_id, seen_by=limits.seen_by, companies=limits.companies, boards=limits.boards)
