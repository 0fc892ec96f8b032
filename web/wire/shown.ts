// A notification as the browser shows it, the same from a page and from the service worker (spec 5.5).
import type { Language } from "../languages/language.ts";
import { SHOWN_TEXTS, type ShownTexts } from "../languages/shown_texts.ts";
import type { NotificationKind, ParleyNotification } from "./proto.ts";
import { pictureOf } from "./picture.ts";

/** What a click leads to. "open": the chat. */
export type ClickAction = "open" | "join" | "dismiss";

/** What a shown notification carries until it is clicked. */
export type ShownData = { deliveryId: string; place: string; sessionId: string; kind: NotificationKind; personId?: string };

/** What the service worker sends the page about a click. `act` is left for the page to do. */
export type ClickMessage = { t: "notificationClick"; sessionId: string; act: ClickAction };

/** TypeScript's DOM types lack these options. */
export type ShowOptions = NotificationOptions & { renotify?: boolean; actions?: { action: ClickAction; title: string }[]; data?: ShownData };

export type Shown = { title: string; options: ShowOptions };

const JOINABLE: ReadonlySet<NotificationKind> = new Set<NotificationKind>(["NOTIFICATION_KIND_WAITING", "NOTIFICATION_KIND_UNATTENDED", "NOTIFICATION_KIND_INVITED"]);

export function isJoinable(kind: NotificationKind): boolean {
  return JOINABLE.has(kind);
}

/** Whether the notification ends with its alert. */
export function isAlert(kind: NotificationKind): boolean {
  return isJoinable(kind) || kind === "NOTIFICATION_KIND_TRANSFER";
}

/** `silent`: the page plays the sound itself. */
export async function shownOf(notification: ParleyNotification, silent: boolean, language: Language): Promise<Shown> {
  const texts = SHOWN_TEXTS[language];
  const { title = "", body = "" } = notification.kind === "NOTIFICATION_KIND_TEST" ? texts.test : notification;
  const { picturePersonId = "", deliveryId = "", place = "", sessionId = "", personId = "", kind = "NOTIFICATION_KIND_UNSPECIFIED", rung = 0 } = notification;
  const tag = notification.tag || sessionId || deliveryId || "parley";
  return {
    title: title || texts.neutral,
    options: {
      body,
      tag,
      silent,
      icon: await pictureOf(picturePersonId, title.split(" · ")[0] ?? ""),
      // Without this, a repetition or a next message replaces the earlier one without the person noticing.
      renotify: rung > 0 || kind === "NOTIFICATION_KIND_MESSAGE",
      actions: actionsOf(kind, texts),
      data: { deliveryId, place, sessionId, kind, personId },
    },
  };
}

function actionsOf(kind: NotificationKind, { join, dismiss, open }: ShownTexts): ShowOptions["actions"] {
  if (isJoinable(kind)) {
    return [
      { action: "join", title: join },
      { action: "dismiss", title: dismiss },
    ];
  }
  return kind === "NOTIFICATION_KIND_PUSH_CHAT" || kind === "NOTIFICATION_KIND_TRANSFER" ? [{ action: "open", title: open }] : [];
}
