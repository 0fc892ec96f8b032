import { ChevronRight, Headset, LifeBuoy, Palette, Power } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Avatar, Banner, Brand, EmptyState, ErrorState, Menu, Skeleton, classes, themeEntries, type Icon } from "../ui";
import type { TrialPerson } from "../wire/proto.ts";
import { SignInRefused, signIn, signedInAt, trialPeople } from "./people";
import { returnPath } from "./return_path";
import "./signin.css";
import { texts } from "./texts";

interface PageProps {
  load?: () => Promise<TrialPerson[]>;
  enter?: (personId: string) => Promise<string>;
  leave?: (address: string) => void;
  at?: () => Promise<string | null>;
  search?: string; // the query of the page's address
}

export function SignInPage({ load = trialPeople, enter = signIn, at = signedInAt, leave = (address) => location.assign(address), search = location.search }: PageProps) {
  const query = new URLSearchParams(search);
  const why = texts.why.get(query.get("why") ?? "");
  const [people, setPeople] = useState<TrialPerson[] | null>(null);
  const [failure, setFailure] = useState("");
  const [busy, setBusy] = useState("");
  const [refused, setRefused] = useState("");
  const [round, setRound] = useState(0);

  useEffect(() => {
    let gone = false;
    setFailure("");
    load().then(
      (found) => !gone && setPeople(found),
      (error) => !gone && setFailure(error instanceof SignInRefused ? error.code : "unreachable"),
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
      setRefused((error instanceof SignInRefused && error.sentence) || texts.refused(person.name ?? ""));
    });
  };
  const reload = () => setRound((count) => count + 1);
  const groups = [
    { title: texts.engineers, lead: texts.engineersLead, icon: Headset, people: people?.filter((person) => person.kind === "engineer") },
    { title: texts.customers, lead: texts.customersLead, icon: LifeBuoy, people: people?.filter((person) => person.kind !== "engineer") },
  ];

  return (
    <div class="signin">
      <header class="signin__bar">
        <Brand size={28} />
        <Menu label={texts.appearance} title={texts.appearance} class="button button--icon button--ghost" entries={themeEntries()}>
          <Palette size={17} aria-hidden="true" />
        </Menu>
      </header>
      <main class="signin__main">
        <div class="signin__intro">
          <h1>{texts.heading}</h1>
          <p>{texts.lead}</p>
        </div>
        {!refused && why && (
          <div role="status">
            <Banner>{why}</Banner>
          </div>
        )}
        {refused && (
          <div role="alert">
            <Banner tone="danger">{refused}</Banner>
          </div>
        )}
        {failure === "trial_off" && (
          <EmptyState icon={Power} title={texts.off}>
            {texts.offText}
          </EmptyState>
        )}
        {failure && failure !== "trial_off" && (
          <ErrorState title={texts.failed} onRetry={reload}>
            {texts.failedText}
          </ErrorState>
        )}
        {people?.length === 0 && (
          <ErrorState title={texts.empty} onRetry={reload}>
            {texts.emptyText}
          </ErrorState>
        )}
        {!failure && people?.length !== 0 && (
          <div class="signin__groups">
            {groups.map((group) => (
              <Group key={group.title} {...group} busy={busy} choose={choose} />
            ))}
          </div>
        )}
      </main>
    </div>
  );
}

interface GroupProps {
  title: string;
  lead: string;
  icon: Icon;
  people?: TrialPerson[];
  busy: string;
  choose: (person: TrialPerson) => void;
}

function Group({ title, lead, icon: Sign, people, busy, choose }: GroupProps) {
  return (
    <section class="signin__group" aria-label={title}>
      <header class="signin__group-head">
        <span class="signin__sign">
          <Sign size={18} aria-hidden="true" />
        </span>
        <div>
          <h2>{title}</h2>
          <p>{lead}</p>
        </div>
      </header>
      {people ? (
        <ul class="signin__people">
          {people.map((person) => (
            <li key={person.id} class="signin__person">
              <button
                type="button"
                class={classes("signin__choose", busy === person.id && "is-busy")}
                aria-label={texts.signInAs(person.name ?? "")}
                aria-describedby={`about-${person.id}`}
                aria-busy={busy === person.id || undefined}
                disabled={busy !== ""}
                onClick={() => choose(person)}
              >
                <Avatar id={person.id ?? ""} name={person.name ?? ""} side={person.kind === "engineer" ? "engineer" : "customer"} />
                <span class="signin__text">
                  <span class="signin__name" dir="auto">{person.name}</span>
                  <span class="signin__about" id={`about-${person.id}`}>
                    {[person.role, person.company, person.scope].filter(Boolean).join(" · ")}
                  </span>
                </span>
                <ChevronRight size={16} aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <div class="signin__loading">
          <Skeleton label={texts.loading} rows={3} shape="people" />
        </div>
      )}
    </section>
  );
}
