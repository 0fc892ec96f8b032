import { Smile } from "lucide-preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { language, type Language } from "../../languages/language.ts";
import { IconButton } from "../button/button";
import { toast } from "../feedback/toast";
import { lazy, usePart } from "../lazy/lazy";
import { uiTexts } from "../texts";
import type { EmojiGroup } from "./groups";

interface EmojiButtonProps {
  /** App and person, whose recently used emoji the panel shows. */
  owner: string;
  disabled?: boolean;
  /** Inserts the emoji and takes the focus. */
  onChoose: (emoji: string) => void;
}

/** The emoji with their names in each language. */
const NAMES: Record<Language, () => Promise<{ default: readonly EmojiGroup[] }>> = {
  en: () => import("virtual:emoji/en"),
  de: () => import("virtual:emoji/de"),
};

export const EMOJI_PANEL = lazy(async () => {
  const [{ panelWith }, { default: groups }] = await Promise.all([import("./emoji_panel"), NAMES[language]()]);
  return panelWith(groups);
});

/** Opens the panel of emoji, which is loaded then. Escape closes it and returns the focus. */
export function EmojiButton({ owner, disabled, onChoose }: EmojiButtonProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const Panel = usePart(open ? EMOJI_PANEL : null);
  useEffect(() => {
    if (Panel !== "failed") return;
    setOpen(false);
    toast(uiTexts.partFailed, { tone: "danger" });
  }, [Panel]);
  // A panel that loads late takes no focus from elsewhere.
  useLayoutEffect(() => {
    if (!open || Panel) return undefined;
    const elsewhere = ({ target }: Event) => button.current?.contains(target as Node) || (target as Element).closest(".emoji-panel") || setOpen(false);
    const events = ["pointerdown", "focusin"];
    for (const event of events) document.addEventListener(event, elsewhere, true);
    return () => {
      for (const event of events) document.removeEventListener(event, elsewhere, true);
    };
  }, [open, Panel]);
  useEffect(() => {
    if (disabled) setOpen(false);
  }, [disabled]);
  return (
    <>
      <IconButton ref={button} icon={Smile} size="s" label={uiTexts.chat.emoji} expanded={open} disabled={disabled} onClick={() => setOpen(!open)} />
      {open && typeof Panel === "function" && (
        <Panel
          owner={owner}
          anchor={button.current!}
          onChoose={(emoji) => {
            setOpen(false);
            onChoose(emoji);
          }}
          onClose={(refocus) => {
            setOpen(false);
            if (refocus) button.current?.focus();
          }}
        />
      )}
    </>
  );
}
