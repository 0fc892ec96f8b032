"""Narrow and low screens: nothing breaks, and nothing covers what is needed."""

from collections.abc import Callable

from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.e2e.own_desk import OwnDesk
from tests.e2e.screens import start_chat

Shoot = Callable[[Page, str], None]
OFFER = "<div class='state-line state-line--offer'>Benachrichtigungen zeigen wartende Chats anderswo<i class='button'>Erlauben</i></div>"
BELOW = "parseFloat(document.documentElement.style.getPropertyValue('--state-end')) > document.querySelector('.state-line').offsetTop + 40"
# As many as the app shows at once, with a text of two lines.
TOAST = "<div class=toast><span class=toast__text>The message could not be sent. Try again.</span></div>"


def box(part: Locator) -> FloatRect:
    found = part.bounding_box()
    assert found
    return found


def overlap(one: FloatRect, other: FloatRect) -> bool:
    beside = one["x"] >= other["x"] + other["width"] or other["x"] >= one["x"] + one["width"]
    return not beside and one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]


def test_headings_and_links_of_tech_stay_whole_on_the_narrowest_screen(desk: OwnDesk, shoot: Shoot) -> None:
    ines = desk.page("ines", phone=True)
    ines.set_viewport_size({"width": 320, "height": 640})
    for name in ("Tickets", "History"):
        ines.get_by_role("link", name=name, exact=True).click()
        heading = ines.get_by_role("heading", level=1, name=name)
        expect(heading).to_be_visible()
        assert box(heading)["height"] < 40
        assert ines.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shoot(ines, name)
    links = ines.get_by_role("navigation", name="Main").get_by_role("link").all()
    assert len({box(link)["y"] for link in links}) == 1 and len(links) == 4

    # Neither the links nor the search are below a toast.
    ines.locator(".toasts").evaluate("(area, toast) => (area.innerHTML = toast.repeat(2))", TOAST)
    toasts = [box(toast) for toast in ines.locator(".toast").all()]
    needed = [box(link) for link in links] + [box(ines.get_by_role("button", name="Search or jump"))]
    assert len(toasts) == 2 and not any(overlap(part, toast) for part in needed for toast in toasts)
    shoot(ines, "toasts")
    # The offer of notifications has buttons too, below a text of several rows.
    ines.locator(".desk__state").evaluate("(area, offer) => (area.innerHTML = offer)", OFFER)
    ines.wait_for_function(BELOW)
    offer = box(ines.locator(".state-line"))
    assert not any(overlap(offer, box(toast)) for toast in ines.locator(".toast").all())
    shoot(ines, "offer")

    # At 200 % zoom on a small laptop, the links are beside the name, so that the page has the height of their row.
    ines.set_viewport_size({"width": 640, "height": 400})
    person = ines.get_by_role("button", name="Your presence")
    assert all(box(link)["y"] < box(person)["y"] + box(person)["height"] for link in links)
    assert not any(overlap(box(person), box(link)) for link in links)
    assert box(ines.get_by_role("banner"))["height"] < 64
    shoot(ines, "zoom")


def test_the_name_of_a_company_has_a_row_of_its_own_on_the_narrowest_screen(desk: OwnDesk, shoot: Shoot) -> None:  # spec 2.10
    ines = desk.page("ines", "/settings", phone=True)
    ines.set_viewport_size({"width": 320, "height": 640})
    name, board = ines.get_by_role("textbox", name="Name of Northwind"), ines.get_by_role("combobox", name="Default board of Northwind")
    board.scroll_into_view_if_needed()
    assert box(board)["y"] >= box(name)["y"] + box(name)["height"]
    assert box(name)["width"] > 200
    ines.get_by_role("button", name="Add a company").click()
    remove, added = ines.get_by_role("button", name="Remove the new company"), ines.get_by_role("textbox", name="Name of the new company")
    expect(added).to_be_focused()
    assert box(remove)["y"] < box(added)["y"] + box(added)["height"]
    shoot(ines, "companies")

    # The head of the settings has two rows here.
    ines.get_by_role("navigation", name="Sections").get_by_role("link", name="Boards").click()
    heading = ines.get_by_role("heading", name="Boards", exact=True)
    expect(heading).to_be_focused()
    assert not overlap(box(heading), box(ines.locator(".settings__head")))


def test_beside_the_sessions_the_filters_take_two_rows_and_the_sections_of_the_settings_stay_linked(desk: OwnDesk, shoot: Shoot) -> None:
    ines = desk.page("ines")
    ines.locator(".toasts").evaluate("(area, toast) => (area.innerHTML = toast.repeat(4))", TOAST)
    toasts = [box(toast) for toast in ines.locator(".toast").all()]
    assert len(toasts) == 4
    needed = [ines.get_by_role("button", name="Create ticket"), ines.get_by_role("search").locator("select").first]
    assert not any(overlap(box(part), toast) for part in needed for toast in toasts)
    ines.locator(".toasts").evaluate("(area) => area.replaceChildren()")

    ines.set_viewport_size({"width": 1024, "height": 800})
    ines.get_by_role("complementary", name="Sessions").get_by_role("tab", name="Waiting").click()
    expect(ines.get_by_role("complementary", name="Sessions").get_by_role("tabpanel")).to_be_visible()
    filters = ines.get_by_role("search").locator("input, select, button")
    assert len({box(one)["y"] for one in filters.all() if one.is_visible()}) == 2
    ines.get_by_role("link", name="Settings", exact=True).click()
    ines.get_by_role("navigation", name="Sections").get_by_role("link", name="People").click()
    expect(ines.get_by_role("heading", name="People", exact=True)).to_be_focused()
    expect(ines.get_by_role("heading", name="People", exact=True)).to_be_in_viewport()
    shoot(ines, "sections")


def test_toasts_cover_no_button_of_a_chat_on_a_phone(desk: OwnDesk, shoot: Shoot) -> None:
    kim = desk.page("kim", phone=True)
    window = start_chat(kim, "Keyboard is wet")
    # With the keyboard of the phone on the screen.
    kim.set_viewport_size({"width": 375, "height": 380})
    expect(window.get_by_role("button", name="Send")).to_be_in_viewport()
    kim.locator(".toasts").evaluate("(area, toast) => (area.innerHTML = toast.repeat(4))", TOAST)
    toasts = [box(toast) for toast in kim.locator(".toast").all() if toast.is_visible()]
    assert toasts
    shoot(kim, "toasts")
    buttons = [(button.get_attribute("aria-label"), box(button)) for button in window.get_by_role("button").all() if button.is_visible()]
    assert [name for name, area in buttons if any(overlap(area, toast) for toast in toasts)] == []


def test_a_chat_of_the_portal_fills_a_low_screen(desk: OwnDesk, shoot: Shoot) -> None:  # spec 7.1
    pia = desk.page("pia")
    chat = start_chat(pia, "The scanner is silent")
    expect(chat).to_be_visible()
    # A small laptop at 200 % zoom, and a phone on its side.
    for size in ((640, 400), (844, 390)):
        pia.set_viewport_size({"width": size[0], "height": size[1]})
        expect(chat.get_by_role("textbox", name="Message")).to_be_in_viewport(ratio=1)
        assert (box(chat)["x"], box(chat)["width"], box(chat)["height"]) == (0, *size)
        shoot(pia, f"{size[0]}")
    chat.get_by_role("button", name="Minimise").click()
    expect(pia.get_by_role("heading", level=1)).to_be_in_viewport()
