import { effect, signal } from "@preact/signals";
import { CircleAlert, Info, X } from "lucide-preact";
import type { ComponentChildren } from "preact";

import { IconButton } from "../button/button";
import { classes } from "../classes";
import { uiTexts } from "../texts";
import "./toast.css";

export interface Toast {
  id: number;
  text: string;
  tone: "neutral" | "danger";
  action?: { label: string; onSelect: () => void };
  /** What could not be changed on this page, such as "ticket:t7:status". See `settled`. */
  about?: string;
}

export interface ToastOptions extends Partial<Pick<Toast, "tone" | "action" | "about">> {
  /** Removes it after some seconds in any case. */
  brief?: boolean;
  /** Removes it after this time in any case. */
  shownMs?: number;
  /** Reads signals. The toast is removed when this returns false, at once if it does at the start. */
  while?: () => boolean;
}

const SHOWN_MS = 8_000;
const toasts = signal<Toast[]>([]);
const polite = signal("");
const assertive = signal("");
let count = 0;

/** Shows a message for some seconds; with `tone: "danger"` or an action, until dismissed. Returns a function that removes it. */
export function toast(text: string, { brief, shownMs, while: applies, ...options }: ToastOptions = {}): () => void {
  const entry: Toast = { id: ++count, text, tone: "neutral", ...options };
  const gone = () => {
    toasts.value = toasts.value.filter((other) => other.id !== entry.id);
  };
  toasts.value = [...toasts.value.filter((other) => other.text !== text && !(entry.about && other.about === entry.about)), entry].slice(-4);
  if (shownMs || brief || (entry.tone === "neutral" && !entry.action)) whenSeen(gone, shownMs ?? SHOWN_MS);
  if (applies) {
    const stop = effect(() => {
      // Deferred, because `stop` does not exist while the effect runs for the first time.
      if (!toasts.value.includes(entry)) queueMicrotask(() => stop());
      else if (!applies()) gone();
    });
  }
  return gone;
}

/** Calls it after this time, and in a hidden page this time after it is shown again. */
function whenSeen(gone: () => void, ms: number): void {
  setTimeout(() => {
    if (document.visibilityState !== "hidden") gone();
    else document.addEventListener("visibilitychange", () => whenSeen(gone, ms), { once: true });
  }, ms);
}

/** Removes the toasts about something that has been changed now; without it, all that are about something on the page that was left. */
export function settled(about?: string): void {
  const stays = (entry: Toast) => !entry.about || (about && entry.about !== about);
  if (!toasts.value.every(stays)) toasts.value = toasts.value.filter(stays);
}

/** Removes all toasts of the page, so that a test starts without those of the test before it. */
export function clearToasts(): void {
  toasts.value = [];
}

const SLOW_MS = 1_000;

/** A toast for slow work. `make` runs after a delay; the toast is removed when the work ends. */
export function toastWhenSlow(make: () => { text: string; action: Toast["action"] } | null): () => void {
  let gone = (): void => undefined;
  const timer = setTimeout(() => {
    const made = make();
    if (made) gone = toast(made.text, { action: made.action });
  }, SLOW_MS);
  return () => {
    clearTimeout(timer);
    gone();
  };
}

/** Announces a message to assistive technology only. */
export function announce(text: string, urgent = false): void {
  const region = urgent ? assertive : polite;
  // Assistive technology reads a repeated message only if the text changes.
  region.value = region.value === text ? `${text}\u00a0` : text;
}

/** The live regions and the toasts. Each app renders it once. */
export function LiveRegions({ children }: { children?: ComponentChildren }) {
  return (
    <>
      <div class="unseen" aria-live="polite">
        {polite.value}
      </div>
      <div class="unseen" aria-live="assertive">
        {assertive.value}
      </div>
      <div class="toasts">
        {children}
        {toasts.value.map((entry) => (
          <ToastCard key={entry.id} entry={entry} />
        ))}
      </div>
    </>
  );
}

function ToastCard({ entry }: { entry: Toast }) {
  const close = () => {
    toasts.value = toasts.value.filter((other) => other.id !== entry.id);
  };
  const Sign = entry.tone === "danger" ? CircleAlert : Info;
  return (
    <div class={classes("toast", `toast--${entry.tone}`)} role={entry.tone === "danger" ? "alert" : "status"}>
      <Sign size={16} aria-hidden="true" />
      <span class="toast__text" dir="auto">{entry.text}</span>
      {entry.action && (
        <button
          type="button"
          class="button button--secondary button--s"
          onClick={() => {
            close();
            entry.action!.onSelect();
          }}
        >
          {entry.action.label}
        </button>
      )}
      <IconButton icon={X} label={uiTexts.dismiss} size="s" onClick={close} />
    </div>
  );
}
