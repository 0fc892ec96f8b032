import { render } from "preact";

import { startTheme } from "../ui";
import { SignInPage } from "./page";

startTheme();
render(<SignInPage />, document.getElementById("app")!);
