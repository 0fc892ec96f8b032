import { Search, X } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Button, ErrorState, Field, IconButton, PersonLine } from "../../ui";
import { useApp } from "../app_state";
import { useFound } from "../found";
import { auditTexts as t } from "./audit_texts";

const SHOWN = 6;

interface Chosen {
  id: string;
  name: string;
}

/** Finds a person, engineer or customer, by whom the log is filtered. `chosen`: the id, empty without one. */
export function PersonFilter({ chosen: id, onChoose }: { chosen: string; onChoose: (id: string) => void }) {
  const { store } = useApp();
  const [held, setHeld] = useState<Chosen | null>(null);
  useEffect(() => {
    // The address has the id only, which is shown if there is no such person.
    if (id && held?.id !== id) store.person(id).then(({ name = id }) => setHeld({ id, name }), () => undefined);
  }, [id]);
  const chosen = id && { id, name: held?.id === id ? held.name : id };
  const [text, setText] = useState("");
  const { found, failed, reload } = useFound(text, async (search) => (search ? (await store.people({ search, limit: SHOWN })).people : []));
  if (chosen) {
    return (
      <div class="field" role="group" aria-label={t.person}>
        <span class="field__label" aria-hidden="true">
          {t.person}
        </span>
        <span class="audit__chosen">
          <PersonLine id={chosen.id} name={chosen.name} size="xs" />
          <IconButton icon={X} size="s" label={t.clearPerson(chosen.name)} onClick={() => onChoose("")} />
        </span>
      </div>
    );
  }
  const choose = (person: Chosen) => {
    setText("");
    setHeld(person);
    onChoose(person.id);
  };
  return (
    <div class="audit__person">
      <Field label={t.person} type="search" placeholder={t.anyone} value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} />
      {text.trim() && (
        <div class="audit__found" role="group" aria-label={t.results}>
          {found?.map(({ id = "", name = "" }) => (
            <Button key={id} size="s" variant="ghost" onClick={() => choose({ id, name })}>
              <bdi>{name}</bdi>
            </Button>
          ))}
          {found?.length === 0 && !failed && <p class="audit__none">{t.noPerson}</p>}
          {failed && <ErrorState compact title={t.failed} onRetry={reload} />}
        </div>
      )}
    </div>
  );
}
