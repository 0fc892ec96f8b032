import { render } from "preact";

import { loadAnewOnReturn, startTheme } from "../ui";
import { createStore } from "../wire/index.ts";
import worker from "../worker/tech.ts?worker&url";
import { App } from "./app";
import { createDesk } from "./desk";

startTheme();
loadAnewOnReturn();
const desk = createDesk(createStore("tech", { registerWorker: () => navigator.serviceWorker.register(worker) }));
desk.store.start();
render(<App desk={desk} />, document.getElementById("app")!);
