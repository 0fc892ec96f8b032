// spec 13.6
import { expect, test } from "vitest";

import { changedValue } from "./changed_value.ts";

const TEXTS = { status: { TICKET_STATUS_IN_PROGRESS: "In Bearbeitung" }, priority: { PRIORITY_HIGH: "Hoch" } };

test.each([
  ["status", "In progress", "In Bearbeitung"],
  ["status", "Some later one", "Some later one"],
  ["priority", "High", "Hoch"],
  ["board", "High", "High"],
  ["summary", "In progress", "In progress"],
  ["status", "", ""],
])("the %s %j is shown as %j", (field, value, shown) => {
  expect(changedValue(field, value, TEXTS)).toBe(shown);
});
