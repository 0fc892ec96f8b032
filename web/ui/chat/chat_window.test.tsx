import { render, screen, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { options } from "preact";
import { useState } from "preact/hooks";
import { expect, onTestFinished, test } from "vitest";

import { ChatWindow, type ChatItem, type ChatWindowProps } from ".";
import { rowsOf } from "./model";

const mia = { id: "mia", name: "Mia Torres", side: "customer" } as const;
const ava = { id: "ava", name: "Ava Chen", side: "engineer" } as const;
const START = new Date(2026, 4, 4, 9, 0).getTime();
const minutes = (count: number) => START + count * 60_000;
const message = (key: string, by: typeof mia | typeof ava, at: number, text = key): ChatItem => ({ kind: "message", key, by, text, at });

function Window({ sent = [], ...props }: Partial<ChatWindowProps> & { sent?: string[] }) {
  const [draft, setDraft] = useState("");
  return (
    <ChatWindow
      title="Printer on fire"
      me="ava"
      owner="test:ava"
      items={[]}
      people={[mia, ava]}
      connection={{ kind: "connected" }}
      onRetry={() => undefined}
      {...props}
      draft={draft}
      onDraft={setDraft}
      onSend={(text) => {
        sent.push(text);
        setDraft("");
      }}
    />
  );
}

test("all parts of the window have their accessible names", () => {
  const nothing = () => undefined;
  const menu = [{ kind: "item", label: "End chat session", onSelect: nothing } as const];
  render(<Window menu={menu} onMinimise={nothing} onClose={nothing} onAddEngineer={nothing} onLeave={nothing} />);
  const chat = within(screen.getByRole("region", { name: "Chat: Printer on fire" }));
  for (const name of ["Chat menu", "Minimise", "Close", "Add engineer", "Leave chat", "Send"]) chat.getByRole("button", { name });
  chat.getByRole("log", { name: "Messages" });
  chat.getByRole("textbox", { name: "Message" });
});

test("Enter sends, Shift+Enter breaks the line, and blank text is not sent", async () => {
  // spec 7.3
  const sent: string[] = [];
  render(<Window sent={sent} />);
  await userEvent.type(screen.getByRole("textbox"), "\u200b\u2060{Enter}");
  await userEvent.clear(screen.getByRole("textbox"));
  await userEvent.type(screen.getByRole("textbox"), "   {Enter}");
  expect(sent).toEqual([]);
  await userEvent.type(screen.getByRole("textbox"), "One{Shift>}{Enter}{/Shift}two{Enter}");
  expect(sent).toEqual(["   One\ntwo"]); // spec 3.6: indentation stays
  expect(screen.getByRole<HTMLTextAreaElement>("textbox").value).toBe("");
});

test("a text over the limit shows by how much and is not sent", async () => {
  const sent: string[] = [];
  render(<Window sent={sent} maxChars={3} />);
  await userEvent.type(screen.getByRole("textbox"), "🔥🔥🔥");
  expect(screen.queryByRole("alert")).toBeNull();
  await userEvent.type(screen.getByRole("textbox"), "ab{Enter}");
  expect(screen.getByRole("alert").textContent).toBe("2 characters too long");
  expect(sent).toEqual([]);
});

test("each of the person's own messages shows its state, and a failed one is retried by its key", async () => {
  const retried: string[] = [];
  const items: ChatItem[] = [
    { ...message("1", ava, minutes(0)), state: "sending" } as ChatItem,
    { ...message("2", ava, minutes(0)), state: "waiting" } as ChatItem,
    { ...message("3", ava, minutes(0)), state: "failed" } as ChatItem,
    { ...message("4", ava, minutes(0)), state: "slowed" } as ChatItem,
  ];
  render(<Window items={items} onRetry={(key) => retried.push(key)} />);
  const log = screen.getByRole("log");
  for (const state of ["Sending", "Waiting for connection", "Too many messages at once. Sending shortly", "Not sent"]) expect(log.textContent).toContain(state);
  await userEvent.click(within(log).getByRole("button", { name: "Retry" }));
  expect(retried).toEqual(["3"]);
});

test("text is never interpreted as markup", () => {
  // spec 3.6
  render(<Window items={[message("1", mia, minutes(0), "<img src=x onerror=alert(1)> & <b>bold</b>")]} />);
  expect(screen.getByText("<img src=x onerror=alert(1)> & <b>bold</b>")).toBeTruthy();
  expect(screen.getByRole("log").querySelector("img")).toBeNull();
});

test("a closed chat has a disabled composer, and its last item has a Leave button", async () => {
  // spec 4.3
  let left = 0;
  const closed: ChatItem = { kind: "system", key: "end", text: "The chat session is now closed", at: minutes(9), actions: [{ label: "Leave", onSelect: () => left++ }] };
  render(<Window items={[closed]} readOnly="The chat is closed" />);
  expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" }).disabled).toBe(true);
  await userEvent.click(within(screen.getByRole("log")).getByRole("button", { name: "Leave" }));
  expect(left).toBe(1);
});

test("a minimised window shows its name and the number of unread messages", async () => {
  let restored = 0;
  render(<Window minimised unread={3} onRestore={() => restored++} onClose={() => undefined} />);
  const chat = within(screen.getByRole("region", { name: "Chat: Printer on fire" }));
  expect(chat.getByText("3 unread")).toBeTruthy();
  expect(chat.queryByRole("textbox")).toBeNull();
  await userEvent.click(chat.getByRole("button", { name: "Restore chat Printer on fire, 3 unread" }));
  chat.getByRole("button", { name: "Close chat Printer on fire" });
  expect(restored).toBe(1);
});

test("on a phone an open window shows the number of unread messages in the chats that it hides", () => {
  // spec 7.6
  render(<Window elsewhere={2} />);
  expect(screen.getByText("2 unread in other chats")).toBeTruthy();
});

test("the typing indicator has its own row, which is always present", () => {
  // spec 7.5
  const { container, rerender } = render(<Window />);
  const typing = () => container.querySelector(".chat__typing");
  expect(typing()?.textContent).toBe("");
  rerender(<Window typing={["Mia Torres"]} />);
  expect(typing()?.textContent).toBe("Mia Torres is typing");
});

test("messages of one sender within five minutes are grouped, and a divider marks the first unread one", () => {
  const items = [message("1", mia, minutes(0)), message("2", mia, minutes(4)), message("3", mia, minutes(5)), message("4", ava, minutes(6)), message("5", ava, minutes(7))];
  const rows = rowsOf(items, "5", minutes(8));
  expect(rows.map((row) => (row.kind === "group" ? row.items.map((item) => item.key).join() : row.kind))).toEqual(["1,2", "3", "4", "new", "5"]);
  expect(rowsOf(items, "1", minutes(8)).some((row) => row.kind === "new")).toBe(false);
});

test("each new day has a heading", () => {
  const rows = rowsOf([message("1", mia, minutes(-24 * 60)), message("2", mia, minutes(0))], undefined, minutes(1));
  expect(rows.map((row) => (row.kind === "day" ? row.text : row.kind))).toEqual(["Yesterday", "group", "Today", "group"]);
});

test("of five hundred messages only the last ones are rendered until the person asks for more", async () => {
  const items = Array.from({ length: 500 }, (_, index) => message(`m${index}`, index % 2 ? mia : ava, minutes(index)));
  render(<Window items={items} />);
  expect(screen.queryByText("m100")).toBeNull();
  expect(screen.getByText("m499")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Show earlier messages" }));
  expect(screen.getByText("m261")).toBeTruthy();
});

test("a new message leaves the elements of the others as they are, and a change of one shows", () => {
  const items = Array.from({ length: 501 }, (_, number) => message(`m${number}`, mia, minutes(0)));
  const { rerender } = render(<Window items={items.slice(0, 500)} />);
  const before = screen.getByText("m499");
  rerender(<Window items={items} />);
  screen.getByText("m500");
  expect(before.isConnected).toBe(true);
  const erased = items.map((item) => (item.key === "m499" ? message("m499", mia, minutes(0), "erased") : item));
  rerender(<Window items={erased} />);
  expect(screen.queryByText("m499")).toBeNull();
  screen.getByText("erased");
});

test("earlier messages that the person asked for stay while new ones arrive", async () => {
  const items = Array.from({ length: 600 }, (_, number) => message(`m${number}`, mia, minutes(number)));
  const { rerender } = render(<Window items={items.slice(0, 500)} />);
  await userEvent.click(screen.getByRole("button", { name: "Show earlier messages" }));
  const log = screen.getByRole("log");
  Object.defineProperties(log, { scrollHeight: { value: 5000 }, clientHeight: { value: 300 } });
  for (const top of [4700, 1000]) {
    log.scrollTop = top;
    log.dispatchEvent(new Event("scroll"));
  }
  expect(await screen.findByRole("button", { name: /latest/ })).toBeTruthy();
  rerender(<Window items={items} />);
  expect(screen.getByText("m261")).toBeTruthy();
  expect(screen.getByText("m599")).toBeTruthy();
});

test("marks are below own messages, are not announced, and moving one renders only the messages that it moves between", () => {
  // spec 7.5
  const items = ["m1", "m2", "m3", "m4"].map((key, index) => message(key, index === 3 ? mia : ava, minutes(0)));
  const rendered: string[] = [];
  const before = options.diffed;
  onTestFinished(() => void (options.diffed = before));
  options.diffed = (vnode) => {
    if (typeof vnode.type === "function" && vnode.type.name === "MessageBody") rendered.push((vnode.props as unknown as { item: { key: string } }).item.key);
    before?.(vnode);
  };
  const { rerender } = render(<Window items={items} marks={{ sent: "m3", seen: { key: "m1", names: [] } }} />);
  const marked = (key: string) => screen.getByText(key).closest(".chat-log__message")!.querySelector("[aria-live=off]")?.textContent.trim();
  expect([...items.map((item) => marked(item.key)), rendered]).toEqual(["Seen", undefined, "Sent", undefined, ["m1", "m2", "m3", "m4"]]);
  rendered.length = 0;
  rerender(<Window items={items} marks={{ delivered: "m3", seen: { key: "m1", names: [] } }} />);
  expect([...items.map((item) => marked(item.key)), rendered]).toEqual(["Seen", undefined, "Delivered", undefined, ["m3"]]);
  rendered.length = 0;
  rerender(<Window items={items} marks={{ seen: { key: "m3", names: ["Mia Torres", "Sam Okafor"] } }} />);
  expect([...items.map((item) => marked(item.key)), rendered]).toEqual([undefined, undefined, "Seen by Mia Torres and Sam Okafor", undefined, ["m1", "m3"]]);
});
