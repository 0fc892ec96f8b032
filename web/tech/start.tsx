import { render } from "preact";

import { followKeyboard, followLanguage, loadAnewOnReturn, startTheme } from "../ui";
import { createStore } from "../wire/index.ts";
import worker from "../worker/tech.ts?worker&url";
import { App } from "./app";
import { createAppState } from "./app_state";
import { startDensity } from "./shell/density";

startTheme();
startDensity();
loadAnewOnReturn();
followKeyboard();
const app = createAppState(createStore("tech", { registerWorker: () => navigator.serviceWorker.register(worker) }));
followLanguage(app.store.notify);
app.store.start();
render(<App app={app} />, document.getElementById("app")!);
