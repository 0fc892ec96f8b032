import { render } from "preact";

import { startTheme } from "../ui";
import { createStore } from "../wire/index.ts";
import { App } from "./app";
import { createDesk } from "./desk";

startTheme();
const desk = createDesk(createStore("tech"));
desk.store.start();
render(<App desk={desk} />, document.getElementById("app")!);
