import { Headset, Languages, LifeBuoy, Palette, Power } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Banner, Brand, EmptyState, ErrorState, Menu, chooseInBrowser, classes, languageEntries, themeEntries } from "../ui";
import type { SignInProvider, TrialPerson } from "../wire/proto.ts";
import { deskOf } from "./desk";
import { Group, type Ways } from "./group";
import { SignInRefused, signIn, signedInAt, trialPeople } from "./people";
import { signInProviders } from "./providers";
import { returnPath } from "./return_path";
import "./signin.css";
import { texts } from "./texts";

interface PageProps {
  load?: () => Promise<TrialPerson[]>;
  loadProviders?: (desk: string | null) => Promise<SignInProvider[]>;
  enter?: (personId: string) => Promise<string>;
  leave?: (address: string) => void;
  at?: () => Promise<string | null>;
  search?: string; // the query of the page's address
}

/** `trial`: whether people of the trial may sign in here. */
interface Loaded extends Ways {
  trial: boolean;
}

const SIDES = [
  { app: "tech", kind: "engineer", title: texts.engineers, lead: texts.engineersLead, icon: Headset },
  { app: "portal", kind: "customer", title: texts.customers, lead: texts.customersLead, icon: LifeBuoy },
] as const;
// The person may have another account at the provider, or another way to sign in there; it knows the browser and would not ask.
const WRONG_ACCOUNT = ["unverified", "too_weak", "unknown_person", "disabled"];

export function SignInPage({
  load = trialPeople,
  loadProviders = signInProviders,
  enter = signIn,
  at = signedInAt,
  leave = (address) => location.assign(address),
  search = location.search,
}: PageProps) {
  const query = new URLSearchParams(search);
  const why = query.get("why") ?? "";
  const [desk] = useState(() => deskOf(query));
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState("");
  const [refused, setRefused] = useState(why === "too_many" ? texts.tooMany(Number(query.get("wait"))) : (texts.whyNot.get(why) ?? ""));
  const [round, setRound] = useState(0);

  useEffect(() => void (document.title = texts.title), []);
  useEffect(() => {
    let gone = false;
    setFailed(false);
    const trial = load().then(
      (people) => ({ people, trial: true }),
      (error: unknown) => {
        if (error instanceof SignInRefused && error.code === "trial_off") return { people: [], trial: false };
        throw error;
      },
    );
    Promise.all([trial, loadProviders(desk)]).then(
      ([found, providers]) => !gone && setLoaded({ ...found, providers }),
      () => !gone && setFailed(true),
    );
    return () => {
      gone = true;
    };
  }, [round]);

  useEffect(() => {
    if (query.get("from") === "front") void at().then((home) => home && leave(home));
  }, []);

  const choose = (person: TrialPerson) => {
    setBusy(person.id ?? "");
    setRefused("");
    enter(person.id ?? "").then((home) => leave(returnPath(home, query.get("to"))), (error: unknown) => {
      setBusy("");
      setRefused(refusalOf(error, person.name ?? ""));
    });
  };
  const reload = () => setRound((count) => count + 1);
  const nobody = loaded !== null && !loaded.people.length && !loaded.providers.length;
  const groups = groupsOf(loaded, query.get("app"));

  return (
    <div class="signin">
      <header class="signin__bar">
        <Brand size={28} />
        <div class="signin__choices">
          <Menu label={texts.language} title={texts.language} class="button button--icon button--ghost" entries={languageEntries(chooseInBrowser)}>
            <Languages size={17} aria-hidden="true" />
          </Menu>
          <Menu label={texts.appearance} title={texts.appearance} class="button button--icon button--ghost" entries={themeEntries()}>
            <Palette size={17} aria-hidden="true" />
          </Menu>
        </div>
      </header>
      <main class="signin__main">
        <div class="signin__intro">
          <h1>{texts.heading}</h1>
          <p>{loaded ? (loaded.trial ? texts.trialLead : texts.lead) : "\u00a0"}</p>
        </div>
        {!refused && texts.why.has(why) && (
          <div role="status">
            <Banner>{texts.why.get(why)}</Banner>
          </div>
        )}
        {refused && (
          <div role="alert">
            <Banner tone="danger">{refused}</Banner>
          </div>
        )}
        {failed && (
          <ErrorState title={texts.failed} onRetry={reload}>
            {texts.failedText}
          </ErrorState>
        )}
        {!failed && nobody && !loaded.trial && (
          <EmptyState icon={Power} title={texts.off}>
            {texts.offText}
          </EmptyState>
        )}
        {!failed && nobody && loaded.trial && (
          <ErrorState title={texts.empty} onRetry={reload}>
            {texts.emptyText}
          </ErrorState>
        )}
        {!failed && !nobody && (
          <div class={classes("signin__groups", groups.length === 1 && "signin__groups--one")}>
            {groups.map(({ app, kind, ...group }) => (
              <Group key={app} {...group} to={query.get("to")} anew={WRONG_ACCOUNT.includes(why)} busy={busy} choose={choose} />
            ))}
          </div>
        )}
      </main>
    </div>
  );
}

function refusalOf(error: unknown, name: string): string {
  if (!(error instanceof SignInRefused)) return texts.refused(name);
  return error.code === "person_disabled" ? texts.disabled(name) : error.sentence || texts.refused(name);
}

/**
 * The sides with their ways to sign in, the one that the person came from first. Without a trial only those that have a way, and that one
 * alone if it has.
 */
function groupsOf(loaded: Loaded | null, app: string | null) {
  const groups = [...SIDES].sort((one, other) => Number(other.app === app) - Number(one.app === app)).map((side) => ({
    ...side,
    ways: loaded
      ? {
          providers: loaded.providers.filter((provider) => provider.app === side.app),
          people: loaded.people.filter((person) => (person.kind === "engineer") === (side.kind === "engineer")),
        }
      : undefined,
  }));
  if (!loaded || loaded.trial) return groups;
  const usable = groups.filter(({ ways }) => ways?.providers.length);
  const own = usable.filter((side) => side.app === app);
  return own.length ? own : usable;
}
