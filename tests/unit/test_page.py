"""What the tests' page does when a fetch fails: nobody waits for it."""

from collections.abc import AsyncIterator

import pytest

from stack.conversation import Post
from stack.page import Page
from stack.signed_in import ApiRefused, Json


class FakePage(Page):
    """Without a server: its calls of the API raise `error`, or that of `errors` for their path."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", "portal", "mia", "cookie")
        self.error: Exception | None = None
        self.errors: dict[str, Exception] = {}
        self.sent: list[Json] = []

    def send(self, frame: Json | str | bytes) -> bool:
        assert isinstance(frame, dict)
        self.sent.append(frame)
        return True

    async def api(self, method: str, path: str, body: Json | None = None) -> Json:
        path = path.partition("?")[0]
        if error := self.errors.get(path, self.error):
            raise error
        return {"me": {"id": "s"}, "cards": [], "alerts": []} if path == "/start" else {"session": {"entries": []}, "more": False}

    def times_sent(self, post: Post) -> int:
        return sum(frame.get("commandId") == post.command_id for frame in self.sent)


@pytest.fixture
async def page() -> AsyncIterator[FakePage]:
    page = FakePage()
    yield page
    await page.close()


async def test_after_a_fetch_with_a_defect_no_post_and_no_condition_is_waited_for(page: FakePage) -> None:
    post, page.error = page.post("s1", "Hello"), KeyError("entries")
    page.on_frame({"t": "refetch"})
    with pytest.raises(RuntimeError, match="mia could not fetch, and waits for: the answer"):
        await page.until(lambda: False, "the answer")
    with pytest.raises(KeyError):
        await post.accepted


async def test_after_a_refused_fetch_no_post_is_waited_for_and_other_conditions_are(page: FakePage) -> None:
    post, page.error = page.post("s1", "Hello"), ApiRefused(401, {})
    page.on_frame({"t": "refetch"})
    await page.until(post.accepted.done, "the post has failed")
    with pytest.raises(ApiRefused):
        await post.accepted


async def test_a_session_that_the_person_may_not_see_any_more_does_not_stop_the_posts_of_others(page: FakePage) -> None:
    gone, seen = page.post("s1", "Hello"), page.post("s2", "Hello")
    page.errors["/sessions/s1"] = ApiRefused(404, {})
    page.on_frame({"t": "refetch"})
    await page.until(lambda: page.times_sent(seen) == page.times_sent(gone) == 2, "both are sent again")
    assert not gone.accepted.done() and not seen.accepted.done()
