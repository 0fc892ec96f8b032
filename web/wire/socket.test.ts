import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Socket } from "./socket.ts";

class FakeWebSocket {
  static made: FakeWebSocket[] = [];
  readyState = 1;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  constructor() {
    FakeWebSocket.made.push(this);
  }
  send(): void {}
  close(): void {}
}

beforeEach(() => {
  FakeWebSocket.made = [];
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.999);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test.each([
  ["300", 300],
  ["", 1_500],
  ["soon", 1_500],
  ["99999", 1_500],
])("after a gateway stopped with the reason %o the page comes back within %i ms", (reason, most) => {
  const nothing = () => undefined;
  const socket = new Socket({
    url: () => "ws://desk/socket",
    onFrame: nothing,
    onState: nothing,
    onSignedOut: nothing,
    roundTrip: nothing,
    onBadFrame: nothing,
    onRefused: nothing,
    WebSocket: FakeWebSocket as unknown as typeof WebSocket,
  });
  socket.start();
  const [first] = FakeWebSocket.made;
  first?.onmessage?.({ data: '{"t":"welcome"}' });

  first?.onclose?.({ code: 1001, reason });

  vi.advanceTimersByTime(most * 0.9);
  expect(FakeWebSocket.made).toHaveLength(1);
  vi.advanceTimersByTime(most * 0.1);
  expect(FakeWebSocket.made).toHaveLength(2);
  socket.stop();
});
