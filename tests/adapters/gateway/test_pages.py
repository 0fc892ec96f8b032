"""The pages and files of the built apps, and redirects of a browser that may not see one."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from servicekit.errors import Unavailable
from tests.adapters.gateway.browser import Browser
from tests.adapters.gateway.peers import Peers

Open = Callable[[str], Browser]


async def test_pages_and_files_of_the_apps(browser_of: Open, url: str) -> None:
    ava = browser_of("ava")
    for path in ("/tech", "/tech/", "/tech/tickets/12"):
        page = await ava.http.get(path)
        assert (page.status_code, page.text, page.headers["cache-control"]) == (200, "<title>tech</title>", "no-cache")
    assert "immutable" in (await ava.http.get("/assets/app-1a2b.js")).headers["cache-control"]
    assert (await ava.http.get("/favicon.svg")).headers["content-type"].startswith("image/svg")
    assert (await ava.http.get("/sign-in")).text == "<title>signin</title>"
    for path in ("/gallery", "/../secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "/tech/..%2f..%2fsecret.txt", "/x%00y"):
        assert "secret" not in (await ava.http.get(path)).text


async def test_a_file_is_served_as_the_build_compressed_it_and_not_twice(browser_of: Open) -> None:
    http: Any = browser_of("").http
    for accepted, encoding, text in (
        ("gzip, deflate, br", "br", "1 in br"),
        ("BR;q=0.5, gzip", "br", "1 in br"),
        ("br;q=0, gzip;q=1.0", "gzip", "1"),
        ("br; q=0.000, identity", "", "1"),
        ("*", "", "1"),
    ):
        answer = await http.get("/assets/app-1a2b.js", headers={"Accept-Encoding": accepted})
        assert (answer.headers.get("content-encoding", ""), answer.text) == (encoding, text), accepted
        assert answer.headers["content-type"].startswith("text/javascript") and answer.headers["vary"] == "Accept-Encoding"

        tag = answer.headers["etag"]
        for tags in (tag, f'"another", W/{tag}'):
            same = await http.get("/assets/app-1a2b.js", headers={"Accept-Encoding": accepted, "If-None-Match": tags})
            assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
            assert "immutable" in same.headers["cache-control"]
    etags = [(await http.get(path)).headers["etag"] for path in ("/assets/app-1a2b.js", "/tech/sw.js", "/sign-in")]
    assert len(set(etags)) == 3
    head = await http.head("/tech/sw.js", headers={"If-None-Match": etags[0]})
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "1")


async def test_a_page_that_was_built_again_has_another_tag(browser_of: Open, tmp_path: Path) -> None:
    http: Any = browser_of("").http
    before = (await http.get("/sign-in")).headers["etag"]
    built = tmp_path / "dist" / "signin" / "index.html"
    times = built.stat()
    built.write_text("<title>signin 2</title>")
    os.utime(built, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = await http.get("/sign-in", headers={"If-None-Match": before})
    assert (after.status_code, after.text) == (200, "<title>signin 2</title>") and after.headers["etag"] != before


async def test_a_service_worker_is_served_to_everyone_and_checked_at_each_start(browser_of: Open) -> None:  # spec 5.8
    worker = await browser_of("").http.get("/tech/sw.js")
    assert (worker.text, worker.headers["cache-control"]) == ("2", "no-cache")
    assert worker.headers["content-type"].startswith("text/javascript")


async def test_a_browser_without_a_sign_in_is_redirected_to_the_sign_in_page_and_back(browser_of: Open) -> None:
    nobody: Any = browser_of("")
    pages = (
        ("/tech/tickets/12?a=b", "%2Ftech%2Ftickets%2F12%3Fa%3Db"),
        ("/tech/tickets/%", "%2Ftech%2Ftickets%2F%25"),
        ("/tech/", "%2Ftech%2F"),
    )
    for cookie in ("", "parley_tech=forged"):
        for path, to in pages:
            page = await nobody.http.get(path, headers={"Cookie": cookie})
            assert (page.status_code, page.headers["location"]) == (303, f"/sign-in?app=tech&to={to}")
    assert (await nobody.http.get(f"/tech/?{'a' * 600}")).headers["location"] == "/sign-in?app=tech"


async def test_the_front_page_redirects_to_the_sign_in_page(browser_of: Open) -> None:
    answer = await browser_of("").http.get("/")
    assert (answer.status_code, answer.headers["location"], answer.headers["cache-control"]) == (303, "/sign-in?from=front", "no-cache")


async def test_an_unknown_address_gets_the_missing_page(browser_of: Open) -> None:
    nobody = browser_of("")
    page = await nobody.http.get("/nowhere", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.text) == (404, "<title>missing</title>")
    assert (await nobody.http.get("/assets/gone.js")).text == "There is nothing here."


async def test_a_page_is_served_while_sign_ins_are_unavailable(browser_of: Open, peers: Peers) -> None:
    mia = browser_of("mia")
    peers.refuses["GetSignIn"] = Unavailable("down")
    assert (await mia.http.get("/portal/")).status_code == 200
    assert (await mia.api("GET", "/start")).status_code == 503
