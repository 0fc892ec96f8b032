import { signal } from "@preact/signals";
import { MessagesSquare } from "lucide-preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { Badge, LazyPage, Menu, classes, lazy, usePart } from "../../ui";
import { alongText, readsFromRight } from "../../ui/direction";
import { useApp } from "../app_state";
import { keep, kept } from "../kept";
import { useWide } from "../phone";
import { texts } from "../texts";
import { dockedHere } from "./docked";
import type { OpenWindow } from "./windows";
import "./dock.css";

const GAP = 12;
const MINIMISED = 44;
const CHIP = 140; // the "more" chip, with its gap
const DETAILS = 264; // as in chat_window.css
const LIMITS = { width: [300, 560], height: [320, 800] } as const;

// Most pages start without an open window, so the windows come after the start.
export const CHAT = lazy(() => import("./chat").then((part) => part.Chat));

/** Of all windows, without the customer's details. */
const size = signal(kept("size", { width: 340, height: 460 }));

/**
 * The chat windows, stacked from the inline end; those that do not fit are behind the "more" chip (spec 7.1). The docked one is a column
 * beside the page instead. It stays the same element, so that text, focus and scroll position stay when it becomes a window.
 */
export function Dock() {
  const app = useApp();
  const { windows } = app;
  const area = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(window.innerWidth);
  const hasPart = typeof usePart(CHAT) === "function";
  useWide();
  const docked = dockedHere(app);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(entry!.contentRect.width));
    observer.observe(area.current!);
    return () => observer.disconnect();
  }, []);
  const widthOf = ({ minimised, details }: OpenWindow) => size.value.width + (details && !minimised ? DETAILS : 0);
  const fitting = (inside: number) => windows.split(inside + GAP, (window) => widthOf(window) + GAP, docked);
  const all = fitting(width);
  const { shown, hidden } = all.hidden.length ? fitting(width - CHIP) : all;
  // In the order of the list, so that no element moves, which would take its focus.
  const inOrder = windows.list.value.filter((window) => window === docked || shown.includes(window));
  const standing = shown.filter((window) => !window.minimised).map((window) => window.id);
  const open = standing.length > 0;
  const inView = docked ? [...standing, docked.id] : standing;
  // Without its part a window shows no message, so its chat still alerts.
  useLayoutEffect(() => windows.drawn(hasPart ? inView : []), [hasPart, inView.join()]);
  useLayoutEffect(() => {
    // Adds scroll room, so that the windows cover nothing for good.
    document.documentElement.style.setProperty("--dock-height", `${open ? size.value.height : shown.length ? MINIMISED : 0}px`);
  }, [open, shown.length, size.value.height]);
  return (
    <div ref={area} class="dock">
      {inOrder.map((window) => (
        <div
          key={window.id}
          class={classes("dock__slot", window === docked ? "dock__slot--docked" : window.minimised && "dock__slot--minimised")}
          onFocusIn={() => windows.use(window.id)}
          onPointerDownCapture={() => windows.use(window.id)}
          style={window === docked || window.minimised ? undefined : { width: `${widthOf(window)}px`, height: `${size.value.height}px` }}
        >
          {window !== docked && !window.minimised && <ResizeCorner />}
          <LazyPage of={CHAT} props={{ window, docked: window === docked }} />
        </div>
      ))}
      {hidden.length > 0 && <More ids={hidden.map((window) => window.id)} />}
    </div>
  );
}

/** The windows that do not fit, those with unread messages first. */
function More({ ids }: { ids: string[] }) {
  const { windows, store } = useApp();
  const chats = ids.map((id) => {
    const view = store.sessionOf(id).value;
    const { title = texts.chat.someone, customer, companyName } = store.cards.value.get(id) ?? view?.card ?? {};
    return { id, unread: view?.unread.count ?? 0, title, who: [customer?.name, companyName].filter(Boolean).join(" · ") };
  });
  chats.sort((a, b) => b.unread - a.unread);
  const unread = chats.reduce((sum, chat) => sum + chat.unread, 0);
  return (
    <div class="dock__more">
      <Menu
        label={texts.chat.moreLabel(ids.length, unread)}
        class="button button--secondary"
        placement="top-end"
        entries={chats.map((chat) => ({
          kind: "item",
          label: texts.chat.moreEntry(chat.who, chat.title, chat.unread),
          onSelect: () => windows.open(chat.id),
        }))}
      >
        <MessagesSquare size={15} aria-hidden="true" /> {texts.chat.more(ids.length)} <Badge count={unread} />
      </Menu>
    </div>
  );
}

function ResizeCorner() {
  const onPointerDown = (event: PointerEvent) => {
    const corner = event.currentTarget as HTMLElement;
    const from = { x: event.clientX, y: event.clientY, ...size.value };
    const outwards = readsFromRight() ? -1 : 1;
    const move = ({ clientX, clientY }: PointerEvent) => resize(from.width + outwards * (from.x - clientX), from.height + from.y - clientY);
    corner.setPointerCapture(event.pointerId);
    corner.addEventListener("pointermove", move);
    corner.addEventListener("lostpointercapture", () => corner.removeEventListener("pointermove", move), { once: true });
    event.preventDefault();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[alongText(event.key)];
    if (!step) return;
    event.preventDefault();
    resize(size.value.width + step[0], size.value.height + step[1]);
  };
  return <button type="button" class="dock__corner" aria-label={texts.chat.resize} title={texts.chat.resize} {...{ onPointerDown, onKeyDown }} />;
}

const STEPS: Record<string, [number, number]> = { ArrowLeft: [20, 0], ArrowRight: [-20, 0], ArrowUp: [0, 20], ArrowDown: [0, -20] };

function resize(width: number, height: number): void {
  const within = (value: number, [least, most]: readonly [number, number]) => Math.round(Math.min(most, Math.max(least, value)));
  size.value = { width: within(width, LIMITS.width), height: within(height, LIMITS.height) };
  keep("size", size.value);
}
