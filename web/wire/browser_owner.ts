// Who is signed in in this browser: whose texts the service worker may show, whose subscription and notifications it has (spec 5.8, 10.8).
import { language } from "../languages/language.ts";
import { showBadge } from "./badge.ts";
import { newId } from "./ids.ts";
import type { App } from "./model.ts";
import type { NotificationPage } from "./notifications.ts";
import type { OnceInBrowser } from "./once.ts";
import type { SignIn } from "./proto.ts";
import type { Leaving } from "./sign_in.ts";
import { type WebPush, within } from "./web_push.ts";
import type { WorkerDataStore } from "./worker_data.ts";

/** Leaving a page waits for it. */
const MAX_CLEANUP = 1_000;
const DAY = 24 * 60 * 60_000;

/** Made once, and the same for all pages of one browser and app. Without storage, only this page has it. */
export function browserIdOf(app: App, storage: Storage | null): string {
  const key = `parley:${app}:browser`;
  const id = storage?.getItem(key) || newId();
  try {
    storage?.setItem(key, id);
  } catch (error) {
    console.warn("not kept:", error);
  }
  return id;
}

type Options = { app: App; storage: Storage | null; browserId: string; push: WebPush; page: NotificationPage; once: OnceInBrowser; kept: WorkerDataStore };

export class BrowserOwner {
  #options: Options;
  #signInId = "";
  #personId = "";

  constructor(options: Options) {
    this.#options = options;
  }

  /** A page has begun. One page at a time does this, so that none subscribes while another one ends the subscription of the person before. */
  take(signIn: SignIn | undefined): Promise<void> {
    const { app, browserId, once, push, page, kept } = this.#options;
    const { id = "", expiresAt = "" } = signIn ?? {};
    const personId = signIn?.person?.id ?? "";
    [this.#signInId, this.#personId] = [id, personId];
    return once.alone(`browser:${app}`, async () => {
      const before = await kept.save({ signInId: id, browserId, personId, expiresAt, language });
      if (before?.personId === personId) return;
      await push.drop();
      await page.close((data) => data.personId !== personId);
    });
  }

  /** The page leaves. Unless it only reloads, nothing of the person stays in the browser. */
  async left(why: Leaving): Promise<void> {
    if (why !== "renewed") await within(MAX_CLEANUP, this.#cleanUp());
  }

  /** Push services forget subscriptions, browsers renew them, and a sign-in ends its own: under each sign-in, and once a day, the page confirms
   * that the server has the current one. */
  async confirmSubscription(): Promise<void> {
    const { app, storage, push } = this.#options;
    const key = `parley:${app}:subscribed`;
    const [signInId, at] = (storage?.getItem(key) ?? "").split(" ");
    if (signInId === this.#signInId && Math.abs(Date.now() - Number(at)) < DAY) return;
    const { ok } = await push.subscribe();
    if (ok) storage?.setItem(key, `${this.#signInId} ${Date.now()}`);
  }

  async #cleanUp(): Promise<void> {
    const { app, storage, page, kept } = this.#options;
    await page.close(({ personId }) => !this.#personId || !personId || personId === this.#personId);
    if (!(await kept.remove(this.#signInId))) return; // a page of another person has taken the browser
    for (const name of ["browser", "notified", "subscribed"]) storage?.removeItem(`parley:${app}:${name}`);
    showBadge(0);
  }
}
