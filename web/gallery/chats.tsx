import { useState } from "preact/hooks";

import { ChatWindow, type ChatItem, type ChatMember, type ChatWindowProps } from "../ui/chat";

const mia = { id: "mia", name: "Mia Torres", side: "customer" } as const;
const ava = { id: "ava", name: "Ava Chen", side: "engineer" } as const;
const sam = { id: "sam", name: "Sam Okafor", side: "engineer" } as const;
const people: ChatMember[] = [
  { ...mia, presence: "online" },
  { ...ava, presence: "online" },
  { ...sam, presence: "away", invited: true },
];
const start = Date.now() - 20 * 60_000;
const at = (seconds: number) => start + seconds * 1000;

const ITEMS: ChatItem[] = [
  { kind: "message", key: "1", by: mia, text: "Printer on fire", at: at(0) },
  { kind: "message", key: "2", by: mia, text: "It is the one on the second floor, beside the kitchen.", at: at(20) },
  { kind: "system", key: "3", text: "Ava Chen joined the chat", at: at(31) },
  { kind: "message", key: "4", by: ava, text: "Hi Mia, I'm on it. Is anybody near it, and is the power off?", at: at(40) },
  { kind: "message", key: "5", by: mia, text: "Power is off. https://example.com/a-very-long-address-that-has-no-space-in-it-at-all-and-goes-on", at: at(100) },
  { kind: "message", key: "6", by: ava, text: "Good. I'm sending someone up with the spare one.", at: at(130) },
  { kind: "message", key: "7", by: sam, text: "I can be there in two minutes.", at: at(140) },
  { kind: "message", key: "n", by: sam, text: "She bought that one in March. Offer her a new one.", at: at(150), internal: true },
  { kind: "message", key: "8", by: ava, text: "Thank you, Sam.", at: at(600), state: "sending" },
  { kind: "message", key: "9", by: ava, text: "Mia, please open a window.", at: at(601), state: "failed" },
];

const many: ChatItem[] = Array.from({ length: 500 }, (_, index) => ({
  kind: "message",
  key: String(index),
  by: index % 3 ? mia : ava,
  text: `Message ${index + 1}`,
  at: at(index),
}));

function Demo(props: Partial<ChatWindowProps>) {
  const [draft, setDraft] = useState(props.draft ?? "");
  const [items, setItems] = useState(props.items ?? ITEMS);
  const send = (text: string) => {
    setDraft("");
    setItems([...items, { kind: "message", key: crypto.randomUUID(), by: ava, text, at: Date.now() }]);
  };
  return (
    <div class="gallery__chat">
      <ChatWindow
        title="Printer on fire"
        me="ava"
        marks={{ seen: { key: "4", names: ["Mia Torres", "Sam Okafor"] }, delivered: "6" }}
        owner="gallery:ava"
        people={people}
        connection={{ kind: "connected" }}
        onRetry={() => undefined}
        menu={[{ kind: "item", label: "End chat session", onSelect: () => undefined }]}
        onMinimise={() => undefined}
        onClose={() => undefined}
        onAddEngineer={() => undefined}
        onLeave={() => undefined}
        {...props}
        items={items}
        draft={draft}
        onDraft={setDraft}
        onSend={send}
      />
    </div>
  );
}

export function Chats() {
  const offer: ChatItem = {
    kind: "system",
    key: "offer",
    text: "No engineer is free right now. You can keep waiting, or be called back.",
    at: at(60),
    actions: [
      { label: "Call me back", onSelect: () => undefined, primary: true },
      { label: "Leave", onSelect: () => undefined },
    ],
  };
  const closed: ChatItem = {
    kind: "system",
    key: "end",
    text: "The chat session is now closed",
    at: at(700),
    actions: [{ label: "Leave", onSelect: () => undefined, primary: true }],
  };
  return (
    <section>
      <h2 class="gallery__title">Chat windows</h2>
      <div class="gallery__columns">
        <Demo unreadFrom="6" ticket="#12" typing={["Mia Torres"]} notes={{ internal: true, onChoose: () => undefined }} />
        <Demo me="mia" items={[...ITEMS.slice(0, 2), offer]} people={[people[0]!]} menu={[]} onAddEngineer={undefined} onLeave={undefined} />
        <Demo items={[...ITEMS.slice(0, 7), closed]} readOnly="The chat is closed" connection={{ kind: "reconnecting", seconds: 7, onTryNow: () => undefined }} />
        <Demo items={many} title="A very long title that cannot possibly fit into the header of a window" connection={{ kind: "offline" }} draft={"Two\nlines"} />
        <Demo items={[]} loading people={[]} />
        <Demo items={[]} error={{ text: "The chat could not be loaded", onRetry: () => undefined }} people={[]} />
        <Demo minimised unread={3} onRestore={() => undefined} />
      </div>
    </section>
  );
}
