// What a page does with the notifications that the server sends to it (spec 5.2, 5.4, 5.9): sound, browser notification, and a report of each.
import type { DeliveryOutcome, ParleyNotification, SessionCard } from "./proto.ts";
import type { OnceInBrowser } from "./once.ts";
import { language } from "../languages/language.ts";
import { isAlert, shownOf, type ShownData } from "./shown.ts";
import type { SoundResult } from "./sound.ts";

/** What a report names: the delivery, and the place to which the notification was sent. */
export type Reported = Pick<ParleyNotification, "deliveryId" | "place">;

export type NotificationPageOptions = {
  report: (of: Reported, outcome: DeliveryOutcome, reason?: string) => void;
  play: (notification: ParleyNotification) => Promise<SoundResult>;
  /** The app's service worker, which shows notifications; null where there is none. */
  registration: () => Promise<ServiceWorkerRegistration | null>;
  once: OnceInBrowser;
};

const ELSEWHERE = "Another page of this browser did.";

export class NotificationPage {
  #options: NotificationPageOptions;

  constructor(options: NotificationPageOptions) {
    this.#options = options;
  }

  /** `card`: the notification's session as the page holds it. */
  async receive(notification: ParleyNotification, card?: SessionCard): Promise<void> {
    const { deliveryId = "", kind = "NOTIFICATION_KIND_UNSPECIFIED" } = notification;
    this.#options.report(notification, "DELIVERY_OUTCOME_RECEIVED");
    // Somebody joined while it was on its way.
    if (card && isAlert(kind) && !waits(card)) return;
    if (notification.close) return this.close((_, tag) => tag === notification.tag);
    // A second page waits for the first, and does what the first could not do.
    await this.#options.once.alone(deliveryId, async () => {
      const sounded = notification.sound ? await this.#sound(notification) : false;
      if (notification.show) await this.#show(notification, sounded || !notification.sound);
    });
  }

  /** Removes shown notifications, also those that a push or another page showed. */
  async close(which: (data: ShownData, tag: string) => boolean): Promise<void> {
    const registration = await this.#options.registration();
    const shown = (await registration?.getNotifications?.().catch(() => [])) ?? [];
    for (const one of shown) if (which((one.data ?? {}) as ShownData, one.tag)) one.close();
  }

  /** The alert of a session is over for this person: joined, abandoned or dismissed. */
  withdrawn(sessionId: string): Promise<void> {
    return this.close((data) => data.sessionId === sessionId && isAlert(data.kind));
  }

  /** Updates may have been missed: closes the alerts of sessions that wait for no engineer any more. */
  current(cards: ReadonlyMap<string, SessionCard>): Promise<void> {
    return this.close(({ kind, sessionId }) => isAlert(kind) && !waits(cards.get(sessionId)));
  }

  /** The person has joined or read the session. */
  closeOfSession(sessionId: string): Promise<void> {
    return this.close((data) => data.sessionId === sessionId);
  }

  async #sound(notification: ParleyNotification): Promise<boolean> {
    const { once, play, report } = this.#options;
    const key = `${notification.deliveryId}:sound`;
    if (once.isDone(key)) {
      report(notification, "DELIVERY_OUTCOME_SOUNDED", ELSEWHERE);
      return true;
    }
    const outcome = await play(notification);
    if (outcome.result !== "played") {
      report(notification, "DELIVERY_OUTCOME_SOUND_BLOCKED", outcome.reason);
      return false;
    }
    once.done(key);
    report(notification, "DELIVERY_OUTCOME_SOUNDED");
    return true;
  }

  async #show(notification: ParleyNotification, silent: boolean): Promise<void> {
    const { once, registration, report } = this.#options;
    const key = `${notification.deliveryId}:show`;
    if (once.isDone(key)) return report(notification, "DELIVERY_OUTCOME_SHOWN", ELSEWHERE);
    try {
      const worker = await registration();
      if (!worker) return report(notification, "DELIVERY_OUTCOME_FAILED", "This browser has no service worker for Parley.");
      const { title, options } = await shownOf(notification, silent, language);
      await worker.showNotification(title, options);
      once.done(key);
      report(notification, "DELIVERY_OUTCOME_SHOWN");
    } catch (error) {
      report(notification, "DELIVERY_OUTCOME_FAILED", `The browser did not show it: ${(error as Error).message}`.slice(0, 200));
    }
  }
}

function waits(card: SessionCard | undefined): boolean {
  return card?.status === "CHAT_STATUS_WAITING" || Boolean(card?.unattended || card?.invited?.length || card?.transfer);
}
