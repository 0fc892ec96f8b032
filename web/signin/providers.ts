import type { SignInProvider, SignInProviders } from "../wire/proto.ts";
import { answerOf } from "./people";

/** The identity providers of that desk, or with null those that are listed for everybody. */
export async function signInProviders(desk: string | null): Promise<SignInProvider[]> {
  const query = desk ? `?${new URLSearchParams({ desk })}` : "";
  const { providers = [] } = await answerOf<SignInProviders>(await fetch(`/sign-in/api/providers${query}`, { headers: { Accept: "application/json" } }));
  return providers;
}

/** Where signing in at the provider begins. `to`: the page to open afterwards. `anew`: the provider asks for the account again. */
export function providerAddress(provider: SignInProvider, to: string | null, anew: boolean): string {
  const query = new URLSearchParams({ provider: provider.id ?? "" });
  if (to) query.set("to", to);
  if (anew) query.set("anew", "true");
  return `/sign-in/api/begin?${query}`;
}
