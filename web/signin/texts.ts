import { inLanguage } from "../languages/catalogue.ts";
import { plural } from "../languages/format.ts";

export const texts = inLanguage("signin", {
  title: "Sign in · Parley",
  heading: "Sign in to Parley",
  lead: "Continue with your organisation's account.",
  trialLead: "A trial desk with engineers and customers. Open two browsers to try both sides.",
  engineers: "Engineers",
  engineersLead: "Work in TECH: answer chats, write tickets.",
  customers: "Customers",
  customersLead: "Use the Portal: ask for help, follow tickets.",
  signInWith: (name: string) => `Sign in with ${name}`,
  orAs: "or as a demo person",
  // As the server names them.
  roles: new Map([["Admin", "Admin"], ["Supervisor", "Supervisor"], ["Engineer", "Engineer"]]),
  signInAs: (name: string) => `Sign in as ${name}`,
  loading: "Loading people",
  empty: "No demo people yet",
  emptyText: "They appear a moment after the first start.",
  failed: "The sign-in page could not be loaded",
  failedText: "The service is not responding. It may still be starting.",
  off: "Trial sign-in is turned off",
  offText: "Sign in through your organisation's own sign-in page.",
  refused: (name: string) => `You could not be signed in as ${name}. Try again.`,
  disabled: (name: string) => `${name} may no longer sign in. Ask your administrator.`,
  why: new Map([
    ["ended", "You have been signed out. Sign in again to continue."],
    ["other", "Someone else signed in on this browser. Sign in again to continue."],
  ]),
  tooMany: (seconds: number) => `Too many sign-ins in a short time. Try again ${seconds > 0 ? `in ${plural(seconds, { one: "1 second", other: `${seconds} seconds` })}` : "later"}.`,
  // Why a sign-in at a provider failed.
  whyNot: new Map([
    ["cancelled", "The sign-in was cancelled. You can try again."],
    ["expired", "This sign-in took too long, or another one began in this browser. Try again."],
    ["provider_down", "Your organisation's sign-in service is not responding. Try again in a minute."],
    ["provider_refused", "Your organisation's sign-in service refused the sign-in. Try again. If it fails again, tell your administrator."],
    ["bad_token", "The answer of your organisation's sign-in service is not valid. Try again. If it fails again, tell your administrator."],
    ["unverified", "Your organisation's sign-in service has not verified your e-mail address. Ask your administrator."],
    ["too_weak", "Your organisation requires a stronger sign-in here, such as with a second factor. Try again."],
    ["unknown_person", "This account has no access here. Sign in with another account, or ask your administrator."],
    ["disabled", "This account may no longer sign in here. Ask your administrator, or sign in with another account."],
    ["unavailable", "Parley is not responding. Try again in a moment."],
  ]),
  appearance: "Appearance",
  language: "Language",
} as const);
