import { Search } from "lucide-preact";
import type { ComponentType } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { Field, Segments, announce, isComposing, isEnter } from "../index";
import { keepBeside } from "../menu/position";
import { EmojiGrid } from "./emoji_grid";
import "./emoji_panel.css";
import { type Emoji, type EmojiGroup, type GroupKey, search } from "./groups";
import { RecentEmoji } from "./recent";
import { emojiTexts as t } from "./texts";

export interface EmojiPanelProps {
  owner: string;
  /** The button that opened the panel. */
  anchor: HTMLElement;
  onChoose: (emoji: string) => void;
  onClose: (refocus: boolean) => void;
}

const SIGNS: Record<GroupKey | "recent", string> = {
  recent: "🕒",
  smileys: "😀",
  people: "👋",
  animals: "🐻",
  food: "🍎",
  travel: "🚗",
  activities: "⚽",
  objects: "💡",
  symbols: "❤️",
  flags: "🏁",
};

/** The panel with these emoji. */
export function panelWith(groups: readonly EmojiGroup[]): ComponentType<EmojiPanelProps> {
  return (props) => <EmojiPanel {...props} groups={groups} />;
}

function EmojiPanel({ owner, anchor, onChoose, onClose, groups }: EmojiPanelProps & { groups: readonly EmojiGroup[] }) {
  const panel = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLInputElement>(null);
  const recent = useMemo(() => new RecentEmoji(owner), [owner]);
  const shown = useMemo(() => withRecent(groups, recent.all()), [groups, recent]);
  const [key, setKey] = useState<GroupKey | "recent">(shown[0]!.key);
  const [typed, setTyped] = useState("");
  const wanted = typed.trim();
  const found = useMemo(() => (wanted ? search(groups, wanted) : null), [groups, wanted]);

  useEffect(() => {
    if (found) announce(found.length ? t.found(found.length) : t.none);
  }, [found]);
  useLayoutEffect(() => {
    const element = panel.current!;
    // In the top layer, neither a window's edge nor a dialog clips the panel.
    element.showPopover?.();
    // On a touch screen the search box would open the keyboard.
    const first = matchMedia("(pointer: coarse)").matches ? element.querySelector<HTMLElement>("[role=gridcell]") : box.current;
    first?.focus({ preventScroll: true });
    return keepBeside(anchor, element, "top-end");
  }, [anchor]);
  useLayoutEffect(() => {
    const outside = ({ target }: Event) => {
      if (!panel.current?.contains(target as Node) && !anchor.contains(target as Node)) onClose(false);
    };
    const events = ["pointerdown", "focusin"];
    for (const event of events) document.addEventListener(event, outside, true);
    return () => {
      for (const event of events) document.removeEventListener(event, outside, true);
    };
  }, []);

  const choose = (emoji: string) => {
    recent.used(emoji);
    onChoose(emoji);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // The page's shortcuts are for outside of the panel.
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    if (event.key !== "Escape" || isComposing(event)) return;
    event.preventDefault();
    onClose(true);
  };
  const grid = (label: string, emoji: readonly Emoji[]) => (
    <EmojiGrid key={label} {...{ label, emoji }} onChoose={choose} onLeave={() => box.current?.focus()} />
  );

  return (
    <div ref={panel} class="emoji-panel" role="dialog" aria-label={t.panel} popover="manual" onKeyDown={onKeyDown}>
      <Field
        label={t.search}
        bare
        type="search"
        inputRef={box}
        placeholder={t.search}
        before={<Search size={15} aria-hidden="true" />}
        value={typed}
        onInput={setTyped}
        onKeyDown={(event) => {
          const down = event.key === "ArrowDown" && !isComposing(event);
          if (!down && !isEnter(event)) return;
          event.preventDefault();
          if (down) panel.current!.querySelector<HTMLElement>("[role=gridcell][tabindex='0']")?.focus();
          else if (found?.[0]) choose(found[0][0]);
        }}
      />
      {found ? (
        found.length ? grid(t.results, found) : <p class="emoji-panel__none">{t.none}</p>
      ) : (
        <>
          <Segments label={t.groups} value={key} choices={shown.map((one) => ({ value: one.key, label: t.group[one.key], sign: SIGNS[one.key] }))} onChange={setKey} />
          {grid(t.group[key], shown.find((one) => one.key === key)!.emoji)}
        </>
      )}
    </div>
  );
}

/** The groups, after one of the recently used emoji if there are any. */
function withRecent(groups: readonly EmojiGroup[], used: readonly string[]): readonly { key: GroupKey | "recent"; emoji: readonly Emoji[] }[] {
  const all = new Map(groups.flatMap(({ emoji }) => emoji.map((one) => [one[0], one] as const)));
  const emoji = used.map((one) => all.get(one)).filter((one) => one !== undefined);
  return emoji.length ? [{ key: "recent", emoji }, ...groups] : groups;
}
