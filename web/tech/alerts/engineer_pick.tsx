import { Search } from "lucide-preact";
import { useState } from "preact/hooks";

import { EmptyState, ErrorState, Field, PersonLine, Skeleton } from "../../ui";
import type { Person } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { useFound } from "../found";
import { texts } from "../texts";

const t = texts.why;
const SHOWN = 20;

/** Finds an engineer of the desk by name. */
export function EngineerPick({ onPick }: { onPick: (person: Person) => void }) {
  const { store } = useApp();
  const [text, setText] = useState("");
  const { found, failed, reload } = useFound(text, (search) => store.people({ kind: "engineer", search, limit: SHOWN }));
  return (
    <div>
      <Field label={t.find} bare placeholder={t.find} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} autofocus />
      {!found && !failed && <Skeleton label={texts.invite.loading} rows={3} shape="people" />}
      {failed && <ErrorState title={t.peopleFailed} onRetry={reload} compact />}
      {found?.people.length === 0 && !failed && <EmptyState title={t.nobody} compact />}
      <ul class="why__people" aria-label={t.people}>
        {found?.people.map(({ id = "", name = "" }) => (
          <li key={id}>
            <button type="button" class="why__pick" aria-label={t.asked(name)} onClick={() => onPick({ id, name, side: "SIDE_ENGINEER" })}>
              <PersonLine id={id} name={name} side="engineer" />
            </button>
          </li>
        ))}
      </ul>
      {found?.next && <p class="why__more">{t.more}</p>}
    </div>
  );
}
