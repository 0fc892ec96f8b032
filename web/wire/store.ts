import type { App, Store } from "./model.ts";

export function createStore(app: App): Store {
  throw new Error(`not yet: ${app}`);
}
