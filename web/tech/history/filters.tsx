import { Search } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Button, Field, Select } from "../../ui";
import type { DirectoryPerson } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { optionsOf as companyOptions, useCompanies } from "../boards_and_companies";
import { BLANK, type HistoryAddress, queryOf } from "./history_address";
import { historyTexts as t } from "./history_texts";

const MOST_CUSTOMERS = 1000;

interface FiltersProps {
  address: HistoryAddress;
  onApply: (address: HistoryAddress) => void;
}

/** The filters of the history. They count when they are applied. */
export function Filters({ address, onApply }: FiltersProps) {
  const companies = useCompanies();
  const applied = queryOf({ ...address, pages: 1 });
  // What was changed since these filters were applied. The address changes by Back and by links too, which drops the changes.
  const [edits, setEdits] = useState<{ applied: string; changes: Partial<HistoryAddress> }>({ applied, changes: {} });
  const draft = { ...address, ...(edits.applied === applied && edits.changes) };
  const customers = useCustomers(draft.company);
  const change = (part: Partial<HistoryAddress>) => {
    setEdits((before) => ({ applied, changes: { ...(before.applied === applied && before.changes), ...part } }));
  };
  const wrongOrder = Boolean(draft.from && draft.until && draft.from > draft.until);
  const changed = queryOf({ ...draft, pages: 1 }) !== applied;
  const apply = (next: HistoryAddress) => {
    setEdits({ applied, changes: {} });
    onApply({ ...next, search: next.search.trim(), pages: 1 });
  };
  return (
    <form
      class="history__filters"
      role="search"
      aria-label={t.filters}
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrongOrder) apply(draft);
      }}
    >
      <Field
        label={t.searchLabel}
        class="history__search"
        type="search"
        placeholder={t.search}
        value={draft.search}
        maxLength={200}
        onInput={(search) => change({ search })}
        before={<Search size={15} aria-hidden="true" />}
      />
      <Select
        label={t.company}
        value={draft.company}
        onInput={(company) => change({ company, customer: "" })}
        options={[{ value: "", label: t.anyCompany }, ...companyOptions(companies, draft.company)]}
      />
      <Select
        label={t.customer}
        value={draft.customer}
        disabled={!draft.company}
        onInput={(customer) => change({ customer })}
        options={[{ value: "", label: draft.company ? t.anyCustomer : t.companyFirst }, ...customers.map(asOption)]}
      />
      <Select label={t.status} class="history__short" value={draft.status} onInput={(status) => change({ status })} options={optionsOf(t.statuses, t.anyStatus)} />
      <Select label={t.type} class="history__short" value={draft.type} onInput={(type) => change({ type })} options={optionsOf(t.types, t.anyType)} />
      <Field label={t.from} class="history__day" type="date" value={draft.from} onInput={(from) => change({ from })} />
      <Field label={t.until} class="history__day" type="date" value={draft.until} onInput={(until) => change({ until })} error={wrongOrder ? t.wrongOrder : undefined} />
      <div class="history__acts">
        <Button type="submit" variant={changed ? "primary" : "secondary"} disabled={wrongOrder}>
          {t.apply}
        </Button>
        {(applied || changed) && (
          <Button variant="ghost" onClick={() => apply(BLANK)}>
            {t.clear}
          </Button>
        )}
      </div>
    </form>
  );
}

/** The first customers of the company by name; none without a company. */
function useCustomers(company: string): readonly DirectoryPerson[] {
  const { store } = useApp();
  const [found, setFound] = useState<{ company: string; people: readonly DirectoryPerson[] }>({ company: "", people: [] });
  const start = store.starts.value;
  useEffect(() => {
    if (!company) return;
    // Without the list, the company's chats can still be searched.
    store.people({ kind: "customer", company, limit: MOST_CUSTOMERS }).then(({ people }) => setFound({ company, people }), () => undefined);
  }, [company, start]);
  return found.company === company ? found.people : [];
}

function asOption({ id = "", name = "" }: { id?: string; name?: string }) {
  return { value: id, label: name };
}

function optionsOf(names: Record<string, string>, any: string) {
  const named = Object.entries(names).filter(([, label]) => label);
  return [{ value: "", label: any }, ...named.map(([value, label]) => ({ value, label }))];
}
