import { render } from "preact";

import { loadAnewOnReturn, startTheme } from "../ui";
import { SignInPage } from "./page";

startTheme();
loadAnewOnReturn();
render(<SignInPage />, document.getElementById("app")!);
