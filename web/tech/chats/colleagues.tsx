import { Search } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { EmptyState, ErrorState, Field, PersonLine, Skeleton } from "../../ui";
import type { DirectoryPerson, Store } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { useFound } from "../found";
import { presenceState, useOnScreen } from "../people";
import { texts } from "../texts";
import "./colleagues.css";

const t = texts.invite;
const SHOWN = 50;
// The presence of this many engineers is watched; reachable ones come first. Others are found by their name.
const WATCHED = 200;

/** The other engineers of the desk, found by name, those who are online or away first. `children` renders what can be done with one. */
export function Colleagues({ children }: { children: (person: DirectoryPerson, reachable: boolean) => ComponentChildren }) {
  const { store, me } = useApp();
  const [text, setText] = useState("");
  const { found, failed, reload } = useFound(text, (search) => store.people({ kind: "engineer", search, limit: WATCHED }));
  const others = (found?.people ?? []).filter((person) => person.id !== me.value.id && !person.disabled);
  useOnScreen(others.map((person) => person.id));
  const inOrder = [...others].sort((a, b) => Number(isReachable(store, b)) - Number(isReachable(store, a)));
  return (
    <>
      <Field label={t.find} bare placeholder={t.find} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} autofocus />
      {!found && !failed && <Skeleton label={t.loading} rows={3} shape="people" />}
      {failed && <ErrorState title={t.failed} onRetry={reload} compact />}
      {found && !failed && others.length === 0 && (
        <EmptyState title={text.trim() ? t.none : t.empty} compact>
          {text.trim() ? t.noneText : t.emptyText}
        </EmptyState>
      )}
      <ul class="colleagues">
        {inOrder.slice(0, SHOWN).map((person) => (
          <Colleague key={person.id} person={person}>
            {children(person, isReachable(store, person))}
          </Colleague>
        ))}
      </ul>
      {(others.length > SHOWN || found?.next) && <p class="colleagues__more">{t.more}</p>}
    </>
  );
}

function isReachable(store: Store, person: DirectoryPerson): boolean {
  return ["PRESENCE_ONLINE", "PRESENCE_AWAY"].includes(store.presenceOf(person.id ?? "").value);
}

function Colleague({ person: { id = "", name = "" }, children }: { person: DirectoryPerson; children: ComponentChildren }) {
  const presence = presenceState(useApp().store.presenceOf(id).value);
  return (
    <li class="colleagues__person">
      <PersonLine id={id} name={name} side="engineer" presence={presence} below={presence && texts.presence[presence]} />
      {children}
    </li>
  );
}
