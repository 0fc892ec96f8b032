"""A desktop that shows notifications (org.freedesktop.Notifications) on a session bus of its own, for Chromium and for the tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from dbus_fast import annotations as dbus
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

from stack.setup.programs import find_dbus

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
CLOSED_BY_CALL = 3
DEFAULT_ACTION = "default"
# dbus-fast needs D-Bus types as annotations.
Texts = Annotated[list[str], dbus.DBusSignature("as")]


@dataclass(frozen=True)
class OnDesktop:
    """`actions`: the label of each button -> its key."""

    id: int
    title: str
    body: str
    actions: dict[str, str]


class _Notifications(ServiceInterface):
    def __init__(self) -> None:
        super().__init__(NAME)
        self.open: dict[int, OnDesktop] = {}
        self._last = 0

    @dbus_method()
    def GetCapabilities(self) -> Texts:
        return ["actions", "body", "persistence"]

    @dbus_method()
    def GetServerInformation(self) -> Annotated[tuple[str, str, str, str], dbus.DBusSignature("ssss")]:
        return ("test desktop", "Parley", "1", "1.2")

    @dbus_method()
    def Notify(
        self,
        app: dbus.DBusStr,
        replaces: dbus.DBusUInt32,
        icon: dbus.DBusStr,
        title: dbus.DBusStr,
        body: dbus.DBusStr,
        actions: Texts,
        hints: dbus.DBusDict,
        expires: dbus.DBusInt32,
    ) -> dbus.DBusUInt32:
        if not replaces:
            self._last += 1
        id = replaces or self._last
        self.open[id] = OnDesktop(id, title, body, dict(zip(actions[1::2], actions[::2], strict=True)))
        return id

    @dbus_method()
    def CloseNotification(self, id: dbus.DBusUInt32) -> None:
        if self.open.pop(id, None):
            self.NotificationClosed(id, CLOSED_BY_CALL)

    @dbus_signal()
    def NotificationClosed(self, id: int, why: int) -> Annotated[tuple[int, int], dbus.DBusSignature("uu")]:
        return (id, why)

    @dbus_signal()
    def ActionInvoked(self, id: int, action: str) -> Annotated[tuple[int, str], dbus.DBusSignature("us")]:
        return (id, action)


class Desktop:
    """`address`: of the session bus, for DBUS_SESSION_BUS_ADDRESS."""

    def __init__(self, address: str, notifications: _Notifications) -> None:
        self.address, self._notifications, self._loop = address, notifications, asyncio.get_running_loop()

    @property
    def open(self) -> list[OnDesktop]:
        return list(self._notifications.open.values())

    def clear(self) -> None:
        self._notifications.open.clear()

    def shows(self, title: str) -> bool:
        return any(one.title == title for one in self.open)

    def press(self, title: str, button: str) -> None:
        """Presses a button of the open notification with this title."""
        found = self._one(title)
        self._act(found, found.actions[button])

    def click(self, title: str) -> None:
        """Clicks the open notification with this title itself."""
        self._act(self._one(title), DEFAULT_ACTION)

    def _one(self, title: str) -> OnDesktop:
        [found] = [one for one in self.open if one.title == title]
        return found

    def _act(self, notification: OnDesktop, action: str) -> None:
        self._loop.call_soon_threadsafe(self._notifications.ActionInvoked, notification.id, action)


@asynccontextmanager
async def desktop() -> AsyncIterator[Desktop]:
    program = find_dbus()
    assert program
    words = (str(program), "--session", "--nofork", "--nopidfile", "--print-address")
    daemon = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    assert daemon.stdout
    address = (await daemon.stdout.readline()).decode().strip()
    bus = await MessageBus(address).connect()
    notifications = _Notifications()
    bus.export(PATH, notifications)
    await bus.request_name(NAME)
    yield Desktop(address, notifications)
    bus.disconnect()
    daemon.terminate()
    await daemon.wait()
