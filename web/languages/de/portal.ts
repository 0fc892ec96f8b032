import { emoji } from "./emoji_texts.ts";
import { files } from "./file_texts.ts";
import { notifications } from "./notification_texts.ts";
import { portal } from "./portal_texts.ts";
import { refusals, server } from "./refusal_texts.ts";
import { ui } from "./ui_texts.ts";

/** What the Portal shows in German. */
export const catalogue = { refusals, server, ui, files, emoji, notifications, portal };
