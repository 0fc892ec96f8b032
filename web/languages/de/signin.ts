import { signin } from "./signin_texts.ts";
import { ui } from "./ui_texts.ts";

/** What the sign-in page shows in German. */
export const catalogue = { ui, signin };
