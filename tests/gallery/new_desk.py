"""The screens of a desk in which nothing has happened yet: empty lists, and lists that are being loaded or could not be loaded."""

from collections.abc import Iterator

from playwright.sync_api import Page, Route, expect

from parley.tickets.v1 import directory_pb2 as directory
from stack.people import EVERYTHING, engineer
from tests.gallery.scene import Scene
from tests.gallery.screen import Screen

DESK = directory.Desk(id="alder", name="Alder House IT")
FAILURE = '{"error": {"kind": "data_loss", "code": "data_loss", "message": "Not shown"}}'


def entries() -> Iterator[directory.DirectoryEntry]:
    """The desk with its admin and one customer."""
    board, company = f"{DESK.id}-board", f"{DESK.id}-company"
    yield directory.DirectoryEntry(desk=DESK)
    yield directory.DirectoryEntry(board=directory.Board(id=board, desk_id=DESK.id, name="Service desk"))
    yield directory.DirectoryEntry(company=directory.Company(id=company, desk_id=DESK.id, name="Alder House", default_board_id=board))
    ida = engineer("ida", "Ida Lindgren", directory.ROLE_ADMIN, EVERYTHING)
    ole = directory.DirectoryPerson(id="ole", name="Ole Berg", kind=directory.PERSON_KIND_CUSTOMER, company_id=company, trial=True)
    for person in (ida, ole):
        person.desk_id = DESK.id
        yield directory.DirectoryEntry(person=person)


def _opened(page: Page, path: str, heading: str) -> None:
    page.unroute_all(behavior="ignoreErrors")
    page.goto(path)
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()


def _fails(page: Page, pattern: str) -> None:
    def fail(route: Route) -> None:
        route.fulfill(status=500, body=FAILURE, content_type="application/json")

    page.unroute_all(behavior="ignoreErrors")
    page.route(pattern, fail)


def _portal_empty(page: Page, scene: Scene) -> None:
    _opened(page, "/portal/tickets", "Tickets")
    expect(page.get_by_role("main").get_by_text("No tickets yet")).to_be_visible()


def _portal_loads(page: Page, scene: Scene) -> None:
    page.route("**/portal/api/tickets*", lambda route: None)
    page.reload()
    expect(page.get_by_role("status", name="Loading tickets").locator("span").first).to_be_visible()


def _portal_fails(page: Page, scene: Scene) -> None:
    _fails(page, "**/portal/api/tickets*")
    page.reload()
    expect(page.get_by_role("alert").get_by_role("button", name="Try again")).to_be_visible()


def _portal_does_not_start(page: Page, scene: Scene) -> None:
    _fails(page, "**/portal/api/start")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("The support desk cannot be reached")


def _sessions(page: Page, scene: Scene) -> None:
    expect(page.get_by_role("main")).to_contain_text("No tickets yet")
    page.get_by_role("tab", name="Waiting").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("Nobody is waiting")


def _tickets(page: Page, scene: Scene) -> None:
    page.get_by_role("button", name="Collapse").click()
    _opened(page, "/tech/tickets", "Tickets")
    expect(page.get_by_role("main")).to_contain_text("No tickets yet")


def _no_match(page: Page, scene: Scene) -> None:
    _opened(page, "/tech/tickets?search=printer", "Tickets")
    expect(page.get_by_role("main").get_by_role("button", name="Clear filters")).to_be_visible()


def _history(page: Page, scene: Scene) -> None:
    _opened(page, "/tech/history", "History")
    expect(page.get_by_role("main")).to_contain_text("No chats yet")


def _supervisor(page: Page, scene: Scene) -> None:
    _opened(page, "/tech/supervisor", "Supervisor")
    expect(page.get_by_role("main")).to_contain_text("No requests on this day")


def _people(page: Page, scene: Scene) -> None:
    _opened(page, "/tech/settings", "Settings")
    page.get_by_role("region", name="People").get_by_role("searchbox", name="Find a person").fill("Zoe")
    expect(page.get_by_role("region", name="People")).to_contain_text("No people with that name")


def _webhooks(page: Page, scene: Scene) -> None:
    expect(page.get_by_role("region", name="Webhooks")).to_contain_text("No webhooks yet")


def _audit(page: Page, scene: Scene) -> None:
    _opened(page, "/tech/audit?kind=AUDIT_KIND_ERASURE", "Audit log")
    expect(page.get_by_role("main")).to_contain_text("No entries")


def _loads(page: Page, scene: Scene) -> None:
    page.route("**/tech/api/tickets*", lambda route: None)
    page.goto("/tech/tickets")
    expect(page.get_by_role("status", name="Loading tickets").locator("span").first).to_be_visible()


def _fails_to_load(page: Page, scene: Scene) -> None:
    _fails(page, "**/tech/api/tickets*")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("The tickets could not be loaded")


def _sections_fail(page: Page, scene: Scene) -> None:
    _fails(page, "**/tech/api/people*")
    page.goto("/tech/settings")
    expect(page.get_by_role("region", name="People").get_by_role("button", name="Try again")).to_be_visible()


def _does_not_start(page: Page, scene: Scene) -> None:
    _fails(page, "**/tech/api/start")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Parley is not responding")


SCREENS = (
    Screen("portal-empty", "Portal: no tickets yet", "ole", _portal_empty),
    Screen("portal-loading", "Portal: tickets are being loaded", "ole", _portal_loads),
    Screen("portal-failed", "Portal: the tickets could not be loaded", "ole", _portal_fails),
    Screen("portal-not-started", "Portal: the desk cannot be reached", "ole", _portal_does_not_start),
    Screen("tech-empty-sessions", "TECH: nobody is waiting", "ida", _sessions),
    Screen("tech-empty-tickets", "TECH: no tickets yet", "ida", _tickets),
    Screen("tech-no-match", "TECH: no ticket matches", "ida", _no_match),
    Screen("tech-empty-history", "TECH: no chats yet", "ida", _history),
    Screen("tech-empty-supervisor", "TECH: a day without chats", "ida", _supervisor),
    Screen("tech-empty-people", "TECH: nobody with that name", "ida", _people, part="People"),
    Screen("tech-empty-webhooks", "TECH: no webhooks and canned replies yet", "ida", _webhooks, part="Webhooks"),
    Screen("tech-empty-audit", "TECH: no entries in the audit log", "ida", _audit),
    Screen("tech-loading", "TECH: tickets are being loaded", "ida", _loads),
    Screen("tech-failed", "TECH: the tickets could not be loaded", "ida", _fails_to_load),
    Screen("tech-failed-section", "TECH: one section of the settings could not be loaded", "ida", _sections_fail, part="People"),
    Screen("tech-not-started", "TECH: Parley does not respond", "ida", _does_not_start),
)
