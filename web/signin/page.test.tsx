import { render, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import { SignInPage } from "./page";
import { SignInRefused } from "./people";

afterEach(() => void vi.unstubAllGlobals());

const none = async () => [];
const PEOPLE = [
  { id: "ava", name: "Ava Chen", kind: "engineer", role: "Admin", scope: "Sees everything" },
  { id: "mia", name: "Mia Torres", kind: "customer", company: "Acme Ltd" },
];

test("engineers and customers are in separate regions, and a click opens the page that the response names", async () => {
  const went: string[] = [];
  render(<SignInPage loadProviders={none} load={async () => PEOPLE} enter={async (id) => `/for/${id}`} leave={(address) => went.push(address)} />);
  const customers = screen.getByRole("region", { name: "Customers" });
  expect(within(screen.getByRole("region", { name: "Engineers" })).queryByRole("button", { name: "Sign in as Mia Torres" })).toBeNull();
  const button = await within(customers).findByRole("button", { name: "Sign in as Mia Torres" });
  expect(customers.textContent).toContain("Acme Ltd");
  expect(document.title).toBe("Sign in · Parley");
  await userEvent.click(button);
  expect(went).toEqual(["/for/mia"]);
});

test("signing in returns to the page that led here", async () => {  // spec 10.1
  const went: string[] = [];
  const search = "?app=portal&to=%2Fportal%2Ftickets%2F12";
  render(<SignInPage loadProviders={none} load={async () => PEOPLE} enter={async (id) => (id === "mia" ? "/portal/" : "/tech/")} leave={(address) => went.push(address)} search={search} />);
  await userEvent.click(await screen.findByRole("button", { name: "Sign in as Mia Torres" }));
  expect(went).toEqual(["/portal/tickets/12"]);
});

test("the site's root opens the app of a signed-in person, otherwise the sign-in page", async () => {
  const went: string[] = [];
  const page = (home: string | null, search: string) =>
    render(<SignInPage loadProviders={none} load={async () => PEOPLE} at={async () => home} leave={(address) => went.push(address)} search={search} />);
  page("/portal/", "?from=front");
  page(null, "?from=front");
  page("/tech/", "?app=tech");
  await waitFor(() => expect(went).toEqual(["/portal/"]));
});

test("a list that cannot be loaded shows an error and can be retried", async () => {
  let tries = 0;
  const load = async () => {
    if (tries++ === 0) throw new TypeError("no network");
    return PEOPLE;
  };
  render(<SignInPage loadProviders={none} load={load} />);
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("button", { name: "Sign in as Ava Chen" })).toBeTruthy();
});

test("the page shows that the trial sign-in is turned off", async () => {
  render(<SignInPage loadProviders={none} load={() => Promise.reject(new SignInRefused("trial_off"))} />);
  expect(await screen.findByText("Trial sign-in is turned off")).toBeTruthy();
});

test.each([
  ["?app=tech&why=other", "Someone else signed in on this browser. Sign in again to continue."],
  ["?app=tech&why=ended", "You have been signed out. Sign in again to continue."],
])("a person who was signed out sees the reason: %s", async (search, reason) => {  // spec 10.8
  render(<SignInPage loadProviders={none} load={async () => PEOPLE} search={search} />);
  expect((await screen.findByRole("status")).textContent).toContain(reason);
});

test("a person who was disabled is told so", async () => {  // spec 10.10
  const enter = () => Promise.reject(new SignInRefused("person_disabled"));
  render(<SignInPage loadProviders={none} load={async () => PEOPLE} enter={enter} />);
  await userEvent.click(await screen.findByRole("button", { name: "Sign in as Ava Chen" }));
  expect((await screen.findByRole("alert")).textContent).toBe("Ava Chen may no longer sign in. Ask your administrator.");
});

test.each([
  ["", ["Engineers", "Customers"]],
  ["?app=tech", ["Engineers", "Customers"]],
  ["?app=portal", ["Customers", "Engineers"]],
])("the side of the app that the person came from is first: %s", async (search, order) => {
  render(<SignInPage loadProviders={none} load={async () => PEOPLE} search={search} />);
  await screen.findByRole("button", { name: "Sign in as Ava Chen" });
  expect(screen.getAllByRole("region").map((region) => region.getAttribute("aria-label"))).toEqual(order);
});

test("too many sign-ins from one address are refused with the time to wait", async () => {  // spec 10.4
  // The server's message is English.
  const message = "Too many sign-ins in a short time. Try again in 1 second.";
  const error = { code: "too_many", message: "Wait.", details: { retry_after: "1" } };
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ error }), { status: 429 }));
  render(<SignInPage loadProviders={none} load={async () => PEOPLE} />);
  await userEvent.click(await screen.findByRole("button", { name: "Sign in as Ava Chen" }));
  expect((await screen.findByRole("alert")).textContent).toBe(message);
});
