import { render, screen, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import type { SignInProvider } from "../wire/proto.ts";
import { deskOf } from "./desk";
import { SignInPage } from "./page";
import { SignInRefused } from "./people";

const PROVIDERS: SignInProvider[] = [
  { id: "staff", name: "Harbour IT", app: "tech" },
  { id: "acme", name: "Acme", app: "portal" },
  { id: "globex", name: "Globex", app: "portal" },
];
const MIA = { id: "mia", name: "Mia Torres", kind: "customer", company: "Acme Ltd" };
const off = () => Promise.reject(new SignInRefused("trial_off"));
const providers = async () => PROVIDERS;
const addressOf = (link: HTMLElement) => new URL((link as HTMLAnchorElement).href);

test("each side has its own providers, and no demo people while the trial is off", async () => {  // spec 10.1
  render(<SignInPage load={off} loadProviders={providers} search="" />);
  const customers = await screen.findByRole("region", { name: "Customers" });
  const links = await within(customers).findAllByRole("link");
  expect(links.map((link) => link.textContent)).toEqual(["Sign in with Acme", "Sign in with Globex"]);
  expect(within(screen.getByRole("region", { name: "Engineers" })).getByRole("link", { name: "Sign in with Harbour IT" })).toBeTruthy();
  expect(screen.queryByText("Trial sign-in is turned off")).toBeNull();
  expect(screen.queryByText("or as a demo person")).toBeNull();
});

test("a person who came from an app sees its providers alone, and returns to the page", async () => {  // spec 10.1
  render(<SignInPage load={off} loadProviders={providers} search="?app=portal&to=%2Fportal%2Ftickets%2F12%3Fa%3Db" />);
  const address = addressOf(await screen.findByRole("link", { name: "Sign in with Acme" }));
  expect(screen.queryByRole("region", { name: "Engineers" })).toBeNull();
  expect([address.pathname, Object.fromEntries(address.searchParams)]).toEqual(["/sign-in/api/begin", { provider: "acme", to: "/portal/tickets/12?a=b" }]);
});

test("a side without a provider is not shown while the trial is off", async () => {
  render(<SignInPage load={off} loadProviders={async () => PROVIDERS.slice(1)} search="?app=tech" />);
  await screen.findByRole("link", { name: "Sign in with Acme" });
  expect(screen.queryByRole("region", { name: "Engineers" })).toBeNull();
});

test("providers and demo people are shown together during a trial", async () => {
  render(<SignInPage load={async () => [MIA]} loadProviders={providers} search="" />);
  const customers = screen.getByRole("region", { name: "Customers" });
  expect(await within(customers).findByRole("link", { name: "Sign in with Acme" })).toBeTruthy();
  expect(within(customers).getByRole("button", { name: "Sign in as Mia Torres" })).toBeTruthy();
  expect(within(customers).getByText("or as a demo person")).toBeTruthy();
});

test("the page asks for the providers of the desk in its address", async () => {  // spec 10.2
  const asked: (string | null)[] = [];
  const loadProviders = async (desk: string | null) => (asked.push(desk), PROVIDERS);
  render(<SignInPage load={off} loadProviders={loadProviders} search="?desk=harbour" />);
  await screen.findByRole("link", { name: "Sign in with Acme" });
  expect(asked).toEqual(["harbour"]);
  localStorage.clear();
});

test("a browser that named its desk once sees its providers on every way to the page", async () => {  // spec 10.2
  const query = (text: string) => deskOf(new URLSearchParams(text), localStorage);
  localStorage.clear();
  expect([query(""), query("desk=harbour"), query("app=portal"), query("desk=pier"), query("")]).toEqual([null, "harbour", "harbour", "pier", "pier"]);
  localStorage.clear();
  expect(deskOf(new URLSearchParams("desk=harbour"), null)).toBe("harbour");
});

test("too many sign-ins from one address show the time to wait", async () => {  // spec 10.4
  render(<SignInPage load={off} loadProviders={providers} search="?app=portal&why=too_many&wait=7" />);
  expect((await screen.findByRole("alert")).textContent).toBe("Too many sign-ins in a short time. Try again in 7 seconds.");
  await screen.findByRole("link", { name: "Sign in with Acme" });
});

test.each([
  ["provider_down", "not responding", null],
  ["cancelled", "cancelled", null],
  ["unknown_person", "no access here", "true"],
  ["disabled", "may no longer sign in", "true"],
  ["unverified", "not verified", "true"],
  ["too_weak", "stronger sign-in", "true"],
])("a failed sign-in shows the reason and a way on: %s", async (why, text, anew) => {  // spec 10.1
  render(<SignInPage load={off} loadProviders={providers} search={`?app=portal&why=${why}`} />);
  expect((await screen.findByRole("alert")).textContent).toContain(text);
  expect(addressOf(await screen.findByRole("link", { name: "Sign in with Acme" })).searchParams.get("anew")).toBe(anew);
});

test("an unknown reason shows nothing that the address wrote", async () => {
  render(<SignInPage load={off} loadProviders={providers} search="?why=%3Cb%3Ecall%20us" />);
  await screen.findByRole("link", { name: "Sign in with Acme" });
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a list of providers that cannot be loaded can be retried", async () => {
  let tries = 0;
  const loadProviders = async () => {
    if (tries++ === 0) throw new TypeError("no network");
    return PROVIDERS;
  };
  render(<SignInPage load={off} loadProviders={loadProviders} search="" />);
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("link", { name: "Sign in with Acme" })).toBeTruthy();
});
