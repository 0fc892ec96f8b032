import { ChevronRight, LogIn } from "lucide-preact";

import { Avatar, Skeleton, classes, type Icon } from "../ui";
import type { SignInProvider, TrialPerson } from "../wire/proto.ts";
import { providerAddress } from "./providers";
import { texts } from "./texts";

export interface Ways {
  providers: SignInProvider[];
  people: TrialPerson[]; // of the trial
}

interface GroupProps {
  title: string;
  lead: string;
  icon: Icon;
  ways?: Ways; // absent while it is loaded
  to: string | null; // the page to open afterwards
  anew: boolean; // another account is needed
  busy: string;
  choose: (person: TrialPerson) => void;
}

/** How engineers or customers sign in. */
export function Group({ title, lead, icon: Sign, ways, to, anew, busy, choose }: GroupProps) {
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
      {!ways && (
        <div class="signin__loading">
          <Skeleton label={texts.loading} rows={3} shape="people" />
        </div>
      )}
      {ways && ways.providers.length > 0 && (
        <ul class="signin__providers">
          {ways.providers.map((provider) => (
            <li key={provider.id}>
              <a class="button button--primary button--l button--wide" href={providerAddress(provider, to, anew)}>
                <LogIn size={16} aria-hidden="true" />
                <span class="button__text" dir="auto">{texts.signInWith(provider.name ?? "")}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {ways && ways.providers.length > 0 && ways.people.length > 0 && <p class="signin__or">{texts.orAs}</p>}
      {ways && ways.people.length > 0 && (
        <ul class="signin__people">
          {ways.people.map((person) => (
            <Demo key={person.id} person={person} busy={busy} choose={choose} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Demo({ person, busy, choose }: { person: TrialPerson; busy: string; choose: (person: TrialPerson) => void }) {
  return (
    <li class="signin__person">
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
            {[texts.roles.get(person.role ?? "") ?? person.role, person.company, person.scope].filter(Boolean).join(" · ")}
          </span>
        </span>
        <ChevronRight size={16} aria-hidden="true" />
      </button>
    </li>
  );
}
