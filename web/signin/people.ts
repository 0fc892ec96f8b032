import type { TrialPeople, TrialPerson } from "../wire/proto.ts";
import { texts } from "./texts";

/** Why the list or the sign-in was refused. "trial_off" has a text of its own. */
export class SignInRefused extends Error {
  /** `sentence`: when to try again (spec 10.4). */
  constructor(
    readonly code: string,
    readonly sentence = "",
  ) {
    super(code);
  }
}

export async function trialPeople(): Promise<TrialPerson[]> {
  const { people = [] } = await answerOf<TrialPeople>(await fetch("/sign-in/api/people", { headers: { Accept: "application/json" } }));
  return people;
}

/** The start page of the app that this browser is signed in to; null if none. */
export async function signedInAt(): Promise<string | null> {
  for (const home of ["/tech/", "/portal/"]) {
    // An app serves its page to a signed-in browser and redirects any other to this page.
    const answer = await fetch(home, { method: "HEAD", redirect: "manual" }).catch(() => null);
    if (answer?.ok) return home;
  }
  return null;
}

/** Returns the address to open. */
export async function signIn(personId: string): Promise<string> {
  const response = await fetch("/sign-in/api/sign-in", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ personId }),
  });
  return (await answerOf<{ redirect?: string }>(response)).redirect ?? "/";
}

/** The JSON of a response. Throws SignInRefused. */
export async function answerOf<Answer>(response: Response): Promise<Answer> {
  const body = await response.json().catch(() => ({}));
  const { code, details } = body?.error ?? {};
  if (!response.ok) throw new SignInRefused(code ?? String(response.status), response.status === 429 ? texts.tooMany(Number(details?.retry_after)) : "");
  return body as Answer;
}
