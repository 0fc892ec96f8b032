import { expect, test } from "vitest";

import { returnPath } from "./return_path";

test.each([
  ["/tech/tickets/12", "/tech/tickets/12"],
  ["/tech/tickets/12?status=new", "/tech/tickets/12?status=new"],
  ["/tech/tickets/%", "/tech/tickets/%"],
  [null, "/tech/"],
  ["", "/tech/"],
  ["/portal/tickets/12", "/tech/"],
  ["/tech/../portal/", "/tech/"],
  ["/tech/%2e%2e/portal/", "/tech/"],
  ["//evil.example/tech/", "/tech/"],
  ["/tech//evil.example", "/tech/"],
  ["/\\evil.example/tech/", "/tech/"],
  ["/tech/\\evil.example", "/tech/"],
  ["https://evil.example/tech/", "/tech/"],
  ["javascript:alert(1)", "/tech/"],
  ["/tech/\n/x", "/tech/"],
  ["/techno", "/tech/"],
  [`/tech/${"a".repeat(500)}`, "/tech/"],
])("the return path is always a page of the app: %s", (to, there) => {  // spec 10.1
  expect(returnPath("/tech/", to)).toBe(there);
});
