import { expect, test } from "vitest";

import { Refused, sentenceOf } from "./refused.ts";

test.each([
  [{ kind: "invalid_argument", field: "command_id", message: "A command id has 1 to 64 characters." }, null],
  [{ kind: "invalid_argument", field: "Parley-Sign-In", message: "Say in the header ..." }, null],
  [{ kind: "invalid_argument", field: "session_id", message: "No session_id is longer than 64 characters." }, null],
  [{ kind: "invalid_argument", field: "", message: "Object contains unknown field" }, null],
  [{ kind: "already_exists", field: "command_id", message: "This command id was used for something else" }, null],
  [{ kind: "internal", field: "", message: "Something went wrong inside." }, null],
  [{ kind: "invalid_argument", field: "text", message: "At most 4000 characters, this has 4001." }, "At most 4000 characters, this has 4001."],
  [{ kind: "invalid_argument", field: "wish.windows[2].until", message: "A preferred time is over already." }, "A preferred time is over already."],
  [{ kind: "failed_precondition", field: "ticket_id", message: "The ticket is closed; reopen it first." }, "The ticket is closed; reopen it first."],
  [{ kind: "invalid_argument", code: "company_archived", field: "customer_id", message: "The company is archived." }, "The company is archived."],
  [{ kind: "resource_exhausted", field: "", message: "Too many messages. Wait 5 seconds." }, "Too many messages. Wait 5 seconds."],
])("a technical error message is not shown to people: %o", (refusal, sentence) => {
  expect(sentenceOf(new Refused(refusal))).toBe(sentence);
});
