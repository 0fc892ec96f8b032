// What a page leaves for its service worker, which has neither a socket nor localStorage. In IndexedDB; gone at sign-out.
import { del, get, set } from "idb-keyval";

import type { App } from "./model.ts";

export type WorkerData = {
  signInId: string;
  browserId: string;
};

const keyOf = (app: App): string => `parley:${app}`;

/** Undefined if nobody is signed in, or the browser has no storage. */
export async function readWorkerData(app: App): Promise<WorkerData | undefined> {
  try {
    return await get<WorkerData>(keyOf(app));
  } catch {
    return undefined;
  }
}

/** Without storage the worker's calls are refused, and a click only opens the app. */
export async function saveWorkerData(app: App, data: WorkerData | null): Promise<void> {
  if (!("indexedDB" in globalThis)) return;
  try {
    await (data ? set(keyOf(app), data) : del(keyOf(app)));
  } catch (error) {
    console.warn("not kept for the service worker:", error);
  }
}
