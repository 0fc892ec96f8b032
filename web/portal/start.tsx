import { render } from "preact";

import { followKeyboard, followLanguage, loadAnewOnReturn, setClockOffset, startTheme } from "../ui";
import { createStore } from "../wire";
import worker from "../worker/portal.ts?worker&url";
import { App } from "./app";
import { followMessages, keepWindows } from "./chat/windows";
import { followLinks } from "./router";
import { StoreContext } from "./store_context";

const store = createStore("portal", { registerWorker: () => navigator.serviceWorker.register(worker) });
startTheme();
loadAnewOnReturn();
followKeyboard();
followLinks();
followMessages(store);
keepWindows(store);
setInterval(() => setClockOffset(store.serverNow() - Date.now()), 4_000);
followLanguage(store.notify);
store.start();
render(
  <StoreContext.Provider value={store}>
    <App />
  </StoreContext.Provider>,
  document.getElementById("app")!,
);
