"""HTTP: signing in, calls as that person, refusals with their field, downloads, and the headers of every response."""

from collections.abc import Callable

import httpx
from structlog.testing import capture_logs

from parley.chat.v1 import chat_pb2 as chat
from parley.tickets.v1 import tickets_pb2 as tickets
from servicekit.errors import Kind, TypedError, Unauthenticated, Unavailable
from services.gateway.inbound.responses import STATUS
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.peers import Peers

Open = Callable[[str], Browser]


async def test_the_trial_page_lists_people_and_signing_in_leads_to_their_app(url: str, browser_of: Open) -> None:  # spec 10.1
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}) as http:
        listed = (await http.get("/sign-in/api/people")).json()["people"]
        assert {
            "id": "bo",
            "name": "Bo Lindqvist",
            "kind": "engineer",
            "role": "Engineer",
            "company": "",
            "scope": "Sees Acme on all boards",
        } in listed
        assert {"id": "mia", "name": "Mia Torres", "kind": "customer", "role": "", "company": "Acme", "scope": ""} in listed
        for person, app in (("ava", "tech"), ("mia", "portal")):
            answer = await http.post("/sign-in/api/sign-in", json={"personId": person})
            assert answer.json()["redirect"] == f"/{app}/"
            cookie = answer.headers["set-cookie"].lower()
            assert cookie.startswith(f"parley_{app}=") and f"path=/{app};" in cookie
            assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie
        # One browser has both cookies.
        assert (await http.get("/tech/api/start")).json()["me"]["person"]["id"] == "ava"
        assert (await http.get("/portal/api/start")).json()["me"]["person"]["id"] == "mia"


async def test_an_unknown_person_cannot_sign_in(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}) as http:
        for body, status in (({"personId": "nobody"}, 404), ({}, 400), ({"person": 1}, 400)):
            answer = await http.post("/sign-in/api/sign-in", json=body)
            assert answer.status_code == status
            assert answer.json()["error"]["field"] in ("person_id", "person")
            assert "set-cookie" not in answer.headers


async def test_start_has_the_person_their_cards_alerts_and_presence(browser_of: Open, peers: Peers) -> None:  # spec 3.7
    peers.chat.open("s1", desk_id=peers.desk_id, revision=3, company_id="acme", board_id="b", status=1, type=1)
    start = (await browser_of("bo").api("GET", "/start")).json()
    assert start["me"]["person"]["id"] == "bo"
    assert [card["sessionId"] for card in start["cards"]] == ["s1"]
    assert start["alerts"][0]["personId"] == "bo"
    assert start["presence"]["personId"] == "bo"
    assert start["missing"] == []
    assert start["serverTime"]
    customers_start = (await browser_of("mia").api("GET", "/start")).json()
    assert (customers_start["alerts"], customers_start.get("presence"), customers_start["missing"]) == ([], None, [])


async def test_start_names_the_services_that_are_down_and_has_the_rest(browser_of: Open, peers: Peers) -> None:  # spec 9.5
    for method in ("ListSessions", "ListAlerts", "GetPresence"):
        peers.refuses[method] = Unavailable("down")
    start = (await browser_of("bo").api("GET", "/start")).json()
    assert set(start["missing"]) == {"chat", "notify", "presence"}
    assert start["me"]["person"]["id"] == "bo"


async def test_a_call_is_made_as_the_signed_in_person_with_their_access(browser_of: Open, peers: Peers) -> None:  # spec 10.2, 10.3
    await browser_of("bo").api("POST", "/sessions/s1/join", json={"commandId": "c1", "mode": "JOIN_MODE_TAKE"})
    method, caller, request = peers.chat.calls[-1]
    assert (method, caller.kind, caller.id, caller.desk_id) == ("JoinSession", "engineer", "bo", peers.desk_id)
    assert (caller.companies, caller.boards) == (frozenset({"acme"}), None)
    assert request == chat.JoinSessionRequest(session_id="s1", command_id="c1", mode=chat.JOIN_MODE_TAKE)


async def test_the_session_of_the_path_overrides_that_of_the_body(browser_of: Open, peers: Peers) -> None:
    await browser_of("bo").api(
        "POST", "/sessions/s1/withdraw", json={"commandId": "c", "sessionId": "other", "answer": "PUSH_ANSWER_ACCEPT"}
    )
    _, _, request = peers.chat.calls[-1]
    assert (request.session_id, request.answer) == ("s1", chat.PUSH_ANSWER_WITHDRAW)


async def test_query_parameters_become_fields(browser_of: Open, peers: Peers) -> None:
    ava = browser_of("ava")
    path = (
        "/tickets?search=vpn&status=new&status=TICKET_STATUS_CLOSED&customer=mia&board=b&page=p2&before=1700000000&sort=priority&reversed=1"
    )
    assert (await ava.api("GET", path)).status_code == 200
    statuses = [tickets.TICKET_STATUS_NEW, tickets.TICKET_STATUS_CLOSED]
    expected = tickets.ListTicketsRequest(search="vpn", statuses=statuses, customer_id="mia", board_id="b", page_token="p2")
    expected.changed_before.seconds, expected.sort, expected.reversed = 1_700_000_000, tickets.TICKET_SORT_PRIORITY, True
    assert peers.tickets.asked[-1][1] == expected
    await ava.api("GET", "/sessions/s1?after=41")
    assert peers.chat.calls[-1][2].after_revision == 41
    assert len((await ava.api("GET", "/people?kind=customer&size=1")).json()["people"]) == 1


async def test_an_absent_field_of_an_update_stays_absent(browser_of: Open, peers: Peers) -> None:  # spec 9.1
    await browser_of("mia").api("PATCH", "/tickets/t1", json={"commandId": "c", "status": "TICKET_STATUS_NEW"})
    request = peers.tickets.asked[-1][1]
    assert request.HasField("status") and not request.HasField("summary") and request.ticket_id == "t1"


async def test_a_ticket_page_has_its_timeline_in_pages(browser_of: Open, peers: Peers) -> None:  # spec 9.2, 10.9
    mia, entry = browser_of("mia"), peers.tickets.timeline[0]
    short = (await mia.api("GET", "/tickets/t1")).json()
    assert (short["ticket"]["id"], [entry["revision"] for entry in short["timeline"]], short["more"]) == ("t1", [1, 2, 3], False)
    # A customer gets no internal notes, so the revisions that they see have gaps (spec 9.4).
    peers.tickets.timeline = [tickets.TimelineEntry(id=f"e{n}", revision=2 * n, note=entry.note) for n in range(1, 452)]
    shown, after, more = list[int](), "", True
    while more:
        page = (await mia.api("GET", f"/tickets/t1{after}")).json()
        shown += [entry["revision"] for entry in page["timeline"]]
        after, more = f"?after={shown[-1]}", page["more"]
        assert len(page["timeline"]) <= 200
    assert shown == list(range(2, 904, 2))
    for wrong in ("x", "-1", str(2**32)):
        answer = await mia.api("GET", f"/tickets/t1?after={wrong}")
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "after")


async def test_calls_for_presence_alerts_and_settings_go_to_their_services(browser_of: Open, peers: Peers) -> None:  # spec 1.7, 5.1
    bo = browser_of("bo")
    chosen = await bo.api("POST", "/presence", json={"presence": "PRESENCE_BUSY"})
    assert chosen.json()["presence"]["presence"] == "PRESENCE_BUSY"
    assert (await bo.api("POST", "/alerts/s1/dismiss")).status_code == 204
    assert [(method, caller.id, request.session_id) for method, caller, request in peers.notify.calls] == [("DismissAlert", "bo", "s1")]


async def test_a_customers_cookie_is_refused_in_tech(browser_of: Open) -> None:  # spec 10.2
    mia = browser_of("mia")
    tries: list[tuple[str, dict[str, str]]] = [
        (path, headers) for path in ("/start", "/places", "/tickets") for headers in ({}, {"Cookie": f"parley_tech={mia.secret}"})
    ]
    for path, headers in tries:
        answer = await mia.http.get(f"/tech/api{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["kind"] == "unauthenticated"


async def test_a_service_that_refuses_the_gateways_token_signs_nobody_out(browser_of: Open, peers: Peers) -> None:
    mia = browser_of("mia")
    for method, path in (("GetSignIn", "/start"), ("GetTicket", "/tickets/t1")):
        peers.refuses = {method: Unauthenticated("The key gateway-2 is unknown.")}
        answer = await mia.api("GET", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "token_refused"), method
        peers.refuses = {}
        assert (await mia.api("GET", path)).status_code == 200


async def test_the_portal_has_no_routes_of_engineers(browser_of: Open) -> None:  # spec 10.2
    answer = await browser_of("mia").api("POST", "/sessions/s1/join", json={"commandId": "c"})
    assert answer.status_code in (404, 405)
    assert answer.json()["error"]["kind"] == "not_found"


async def test_a_write_from_another_origin_changes_nothing(browser_of: Open, peers: Peers) -> None:  # spec 10.7
    mia = browser_of("mia")
    with capture_logs() as logs:
        for origin in ("https://evil.example", "null", ""):
            answer = await mia.api("POST", "/chats", json={"commandId": "c", "text": "x"}, headers={"Origin": origin})
            assert answer.status_code == 403
            assert answer.json()["error"]["code"] == "wrong_origin"
    refused = [(entry["path"], entry["code"]) for entry in logs if entry["event"] == "request_refused"]
    assert refused == [("/portal/api/chats", "wrong_origin")] * 3
    assert not [call for call in peers.chat.calls if call[0] == "RequestChat"]


BAD_BODIES: list[tuple[bytes, str | None]] = [
    (b'{"commandId":"c","colour":"red"}', "colour"),
    (b'{"commandId":7}', "commandId"),
    (b'{"commandId":"c","mode":"JOIN_MODE_DANCE"}', "mode"),
    (b"{", ""),
    (b"[]", ""),
    (b'"\\ud800"', ""),
    (b'{"commandId":"\\ud800"}', None),
    (b"\xff", ""),
    (b"[" * 50_000, ""),
    (b'{"commandId":' + b"[" * 50_000, None),
]


async def test_an_invalid_body_is_refused_by_its_field(browser_of: Open, peers: Peers) -> None:
    bo = browser_of("bo")
    for body, field in BAD_BODIES:
        answer = await bo.api("POST", "/sessions/s1/join", content=body)
        assert answer.status_code == 400, body[:40]
        error = answer.json()["error"]
        assert error["kind"] == "invalid_argument"
        assert field is None or error["field"] == field
    assert not [call for call in peers.chat.calls if call[0] == "JoinSession"]


async def test_an_endless_body_is_refused(browser_of: Open) -> None:
    answer = await browser_of("bo").api("POST", "/sessions/s1/join", content=b" " * 66_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "too_large")


async def test_an_invalid_query_parameter_is_refused_by_its_field(browser_of: Open) -> None:
    bo = browser_of("bo")
    for path, field in [(f"/sessions/s1?after={word}", "after") for word in ("-1", "x", "99999999999", "%C2%B2")] + [
        ("/people?kind=x", "kind"),
        ("/people?size=x", "size"),
    ]:
        answer = await bo.api("GET", path)
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


async def test_a_refusal_of_a_service_is_returned_unchanged(browser_of: Open, peers: Peers) -> None:  # spec 3.5
    refused = TypedError.of(
        Kind.FAILED_PRECONDITION,
        "joined_first",
        "Ava was first.",
        field="session_id",
        details={"person_name": "Ava Chen", "may_join": "true"},
    )
    peers.refuses["JoinSession"] = refused
    answer = await browser_of("bo").api("POST", "/sessions/s1/join", json={"commandId": "c"})
    assert answer.status_code == 409
    assert answer.json() == {
        "error": {
            "kind": "failed_precondition",
            "code": "joined_first",
            "field": "session_id",
            "message": "Ava was first.",
            "details": {"person_name": "Ava Chen", "may_join": "true"},
        }
    }


def test_every_kind_of_refusal_has_a_status() -> None:
    assert set(STATUS) == set(Kind)


async def test_a_file_is_sent_as_a_download_that_cannot_execute(browser_of: Open, peers: Peers) -> None:  # spec 9.3
    mia = browser_of("mia")
    answer = await mia.api("GET", "/tickets/t1/attachments/a1")
    assert answer.content == b"<b>xy>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a%20%22log%22%0D%0A.html"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    missing = await mia.api("GET", "/tickets/t1/attachments/other")
    assert (missing.status_code, missing.json()["error"]["field"]) == (404, "attachment_id")


async def test_a_file_of_a_message_is_sent_as_a_download(browser_of: Open) -> None:  # spec 13.5
    mia = browser_of("mia")
    answer = await mia.api("GET", "/chats/s1/files/f1")
    assert (answer.content, answer.headers["content-length"], answer.headers["content-type"]) == (b"\x89PNG!", "5", "image/png")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''St%C3%B6rung.png"
    assert "sandbox" in answer.headers["content-security-policy"]
    missing = await mia.api("GET", "/chats/s1/files/other")
    assert (missing.status_code, missing.json()["error"]["field"]) == (404, "file_id")


async def test_every_response_has_the_security_headers(browser_of: Open) -> None:  # spec 10.7
    mia = browser_of("mia")
    for path in ("/portal/", "/portal/api/start", "/sign-in", "/nothing-here", "/assets/app-1a2b.js"):
        headers = (await mia.http.get(path)).headers
        policy = headers["content-security-policy"]
        assert "unsafe-inline" not in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers


async def test_a_sign_in_is_fetched_once_for_many_calls(browser_of: Open, peers: Peers) -> None:
    mia = browser_of("mia")
    for _ in range(5):
        await mia.api("GET", "/support")
    assert peers.directory.asked == 1
