import { Search } from "lucide-preact";
import type { Ref } from "preact";
import { useId, useState } from "preact/hooks";

import { Button, EmptyState, ErrorState, Field, PersonLine, Skeleton, classes, isComposing, isEnter } from "../../ui";
import { nextIndex } from "../../ui/menu/roving";
import type { Company, DirectoryPerson } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { markedName, useCompanies } from "../boards_and_companies";
import { useFound } from "../found";
import { texts } from "../texts";
import "./customer_pick.css";

const t = texts.customer;
const SHOWN = 20;

export interface Chosen {
  id: string;
  name: string;
  companyId: string;
}

interface PickProps {
  /** With an empty id, nobody is chosen, and the search is shown. */
  chosen: Chosen;
  onChoose: (customer: Chosen) => void;
  label: string;
  error?: string;
  inputRef?: Ref<HTMLInputElement>;
}

/** Finds a customer by name or email. Arrows select, Enter chooses. */
export function CustomerPick({ chosen, onChoose, label, error, inputRef }: PickProps) {
  const companies = useCompanies();
  if (!chosen.id) return <Finder {...{ onChoose, label, error, inputRef, companies }} />;
  return (
    <div class="field" role="group" aria-label={label}>
      <span class="field__label" aria-hidden="true">
        {label}
      </span>
      <div class="customer-pick__chosen">
        <PersonLine id={chosen.id} name={chosen.name} below={nameOf(companies, chosen.companyId)} />
        <Button size="s" label={t.changeName(chosen.name)} onClick={() => onChoose({ id: "", name: "", companyId: "" })}>
          {t.other}
        </Button>
      </div>
    </div>
  );
}

function Finder({ onChoose, label, error, inputRef, companies }: Omit<PickProps, "chosen"> & { companies: readonly Company[] }) {
  const { store } = useApp();
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const { found, failed, reload } = useFound(text, (search) => store.people({ kind: "customer", search, active: true, limit: SHOWN }));
  const people = found?.people ?? [];
  const here = Math.min(at, people.length - 1);
  const choose = ({ id = "", name = "", companyId = "" }: DirectoryPerson) => onChoose({ id, name, companyId });
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    const next = event.key === "Home" || event.key === "End" ? undefined : nextIndex(event.key, here, people.length);
    const person = people[here];
    if (next !== undefined) {
      event.preventDefault();
      setAt(next);
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (isEnter(event) && !event.ctrlKey && !event.metaKey && person) {
      event.preventDefault();
      choose(person);
    }
  };
  return (
    <div class="customer-pick">
      <Field
        label={label}
        type="search"
        placeholder={t.findHint}
        value={text}
        onInput={(value) => {
          setText(value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        combobox={{ list: `${id}-list`, active: people.length ? `${id}-${here}` : undefined }}
        before={<Search size={15} aria-hidden="true" />}
        error={error}
        inputRef={inputRef}
        autofocus
      />
      {!found && !failed && <Skeleton label={t.loading} rows={3} shape="people" />}
      {failed && <ErrorState title={t.failed} onRetry={reload} compact />}
      {found && !failed && people.length === 0 && (
        <EmptyState title={t.none} compact>
          {t.noneText}
        </EmptyState>
      )}
      <div class="customer-pick__list" role="listbox" id={`${id}-list`} aria-label={t.list}>
        {people.map((person, index) => (
          <button
            key={person.id}
            type="button"
            role="option"
            id={`${id}-${index}`}
            tabIndex={-1}
            aria-selected={index === here}
            class={classes("customer-pick__person", index === here && "is-here")}
            onPointerMove={() => setAt(index)}
            onClick={() => choose(person)}
          >
            <PersonLine id={person.id ?? ""} name={person.name ?? ""} size="s" below={[nameOf(companies, person.companyId), person.email].filter(Boolean).join(" · ")} />
          </button>
        ))}
      </div>
      {found?.next && <p class="customer-pick__more">{t.more}</p>}
    </div>
  );
}

function nameOf(companies: readonly Company[], id = ""): string | undefined {
  const company = companies.find((one) => one.id === id);
  return company && markedName(company);
}
