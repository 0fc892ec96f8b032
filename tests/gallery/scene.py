"""A morning at the demo desk: chats and tickets in each status, made through the HTTP API of the apps."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from stack.page import Page

# What waits and what is handled stays so for the minutes of the gallery.
PATIENT = {"customerLeave": "always", "waitingGoneAfter": 86_400, "unattendedAfter": 0, "transferExpiresAfter": 600}
HANDLED, WAITING = "Nobody on the second floor can print", "The second screen stays black"
WIFI = "The guest Wi-Fi asks for a password again"
ENDED, PUSHED = "The camera at the door shows no picture", "Licences for the new people"
SOLVED, NOTE = "The badge reader at gate 3 is offline", "She bought that printer in March, so it is under warranty."
TALK = [
    ("mia", "It began after lunch. The display says `E-204` and nothing comes out."),
    ("ava", "Hi Mia, thank you for the code. Is the tray with the A4 paper closed all the way?"),
    ("mia", "Yes, I opened and closed it twice."),
    (
        "ava",
        "Then it is the fuser. I have one here and will be with you in ten minutes. Meanwhile please use the one on floor 3: https://print.harbour.example/floor-3",
    ),
    ("mia", "Great, I will tell the others 👍"),
]
REPLIES = {
    "Restart": "Hello {customer}, please switch it off, wait ten seconds and switch it on again.",
    "Visit": "I will be with you in ten minutes.",
}
OWN_REPLIES = {
    "Call": "I will call you on {date} at {time}, {customer}.",
    "Home office": "I am not in the building today. A colleague will come to your desk.",
}


class Scene:
    """`ids`: title of a chat -> its session id; `tickets`: summary -> ticket id."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.tickets: dict[str, str] = {}
        self._commands = 0

    async def prepare(self, url: str) -> None:
        async with AsyncExitStack() as open:

            async def page(app: str, person_id: str) -> Page:
                return await open.enter_async_context(Page(url, app, person_id))

            ava, sam = await page("tech", "ava"), await page("tech", "sam")
            people = {id: await page("portal", id) for id in ("mia", "leo", "zoe", "max")}
            chat = await ava.api("GET", "/settings/chat")
            await ava.api("PUT", "/settings/chat", {"settings": {**chat["settings"], **PATIENT}, "version": chat["version"]})
            await self._add_replies(ava, REPLIES, of_desk=True)
            await self._add_replies(sam, OWN_REPLIES)
            for ticket in (await ava.api("GET", "/tickets"))["tickets"]:
                self.tickets[ticket["summary"]] = ticket["id"]
            await self._solved(people["zoe"], sam)
            await self._open(people["max"], WIFI)
            await self._call(people["max"], "leave", WIFI, {})
            await self._ended(people["max"], sam)
            await self._call_back(people["zoe"])
            await self._open(people["leo"], WAITING)
            await self._talk(people["mia"], ava)
            await self._work_on_tickets(ava, sam)
            await self._push(people["zoe"], sam)

    async def _add_replies(self, who: Page, texts: Mapping[str, str], of_desk: bool = False) -> None:
        for title, text in texts.items():
            reply = {"replyId": title.lower().replace(" ", "-"), "title": title, "text": text}
            await who.api("PUT", "/canned-replies", {"reply": reply, "ofDesk": of_desk})

    async def _solved(self, customer: Page, engineer: Page) -> None:
        await self._open(customer, SOLVED)
        await self._call(engineer, "join", SOLVED, {"mode": "JOIN_MODE_TAKE"})
        await self._write(customer, SOLVED, ["It blinks red, and there is a queue at the door."])
        await self._write(engineer, SOLVED, ["I have restarted it from here. Is it green now?"])
        await self._write(customer, SOLVED, ["Green. Thank you, that was quick!"])
        create = {"boardId": "service-desk", "summary": SOLVED, "priority": "high"}
        await self._call(engineer, "complete", SOLVED, {"create": create})
        await self._call(
            customer, "feedback", SOLVED, {"solved": "SOLVED_YES", "comment": "Five minutes from the first word to a green light."}
        )
        await self._call(customer, "leave", SOLVED, {})
        await self._call(engineer, "leave", SOLVED, {})

    async def _ended(self, customer: Page, engineer: Page) -> None:
        """The customer has not answered whether it was solved."""
        await self._open(customer, ENDED)
        await self._call(engineer, "join", ENDED, {"mode": "JOIN_MODE_TAKE"})
        await self._write(engineer, ENDED, ["Its cable was loose, I have plugged it in. Do you see the door now?"])
        await self._write(customer, ENDED, ["I do, thanks!"])
        await self._call(engineer, "complete", ENDED, {"none": {}})
        await self._call(engineer, "leave", ENDED, {})

    async def _push(self, customer: Page, engineer: Page) -> None:
        made = await customer.api("POST", "/tickets", {"commandId": self._command(), "summary": PUSHED})
        text = "The licences are here. May I walk you through the setup?"
        await engineer.api("POST", f"/tickets/{made['ticket']['id']}/push-chat", {"commandId": self._command(), "text": text})

    async def _call_back(self, customer: Page) -> None:
        wish = {"phone": "+44 20 7946 0103", "note": "After two is best."}
        await customer.api("POST", "/callbacks", {"commandId": self._command(), "text": "Licences for three new people", "wish": wish})

    async def _talk(self, mia: Page, ava: Page) -> None:
        await self._open(mia, HANDLED)
        await self._call(ava, "join", HANDLED, {"mode": "JOIN_MODE_TAKE"})
        for by, text in TALK:
            await self._write(mia if by == "mia" else ava, HANDLED, [text])
        await ava.post(self.ids[HANDLED], NOTE, internal=True).accepted

    async def _work_on_tickets(self, ava: Page, sam: Page) -> None:
        vpn = self.tickets["VPN drops every afternoon"]
        await self._note(sam, vpn, "It is the lease of the address: it ends at three. I have doubled it for now.", internal=True)
        await self._note(sam, vpn, "Please tell us tomorrow whether it stayed connected.")
        await ava.api(
            "PATCH", f"/tickets/{vpn}", {"commandId": self._command(), "status": "TICKET_STATUS_WAITING_CUSTOMER", "assigneeId": "sam"}
        )
        scanner = self.tickets["Badge scanner at gate 2 is slow"]
        await ava.api("PATCH", f"/tickets/{scanner}", {"commandId": self._command(), "priority": "PRIORITY_URGENT", "assigneeId": "ava"})

    async def _open(self, customer: Page, title: str) -> None:
        opened = await customer.api("POST", "/chats", {"commandId": self._command(), "text": title})
        self.ids[title] = opened["session"]["card"]["sessionId"]

    async def _call(self, who: Page, verb: str, title: str, body: dict[str, object]) -> None:
        await who.api("POST", f"/sessions/{self.ids[title]}/{verb}", {"commandId": self._command(), **body})

    async def _write(self, who: Page, title: str, texts: Sequence[str]) -> None:
        for text in texts:
            await who.post(self.ids[title], text).accepted

    async def _note(self, who: Page, ticket_id: str, text: str, internal: bool = False) -> None:
        await who.api("POST", f"/tickets/{ticket_id}/notes", {"commandId": self._command(), "text": text, "internal": internal})

    def _command(self) -> str:
        self._commands += 1
        return f"gallery-{self._commands}"
