import { alerts } from "./alert_texts.ts";
import { audit } from "./audit_texts.ts";
import { customer } from "./customer_texts.ts";
import { dialogs } from "./dialog_texts.ts";
import { emoji } from "./emoji_texts.ts";
import { files } from "./file_texts.ts";
import { history } from "./history_texts.ts";
import { logs } from "./log_texts.ts";
import { notifications } from "./notification_texts.ts";
import { person } from "./person_texts.ts";
import { refusals, server } from "./refusal_texts.ts";
import { replies } from "./reply_texts.ts";
import { settings } from "./settings_texts.ts";
import { supervisor } from "./supervisor_texts.ts";
import { tech } from "./tech_texts.ts";
import { tickets } from "./ticket_texts.ts";
import { ui } from "./ui_texts.ts";
import { webhooks } from "./webhook_texts.ts";

/** What TECH shows in German. */
export const catalogue = { refusals, server, ui, files, emoji, notifications, replies, customer, supervisor, history, dialogs, audit, webhooks, person, settings, logs, alerts, tickets, tech };
