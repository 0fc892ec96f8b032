import { ListFilter, Search } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Badge, Button, Field, Select } from "../../ui";
import type { DirectoryPerson } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { optionsOf, useBoards } from "../boards_and_companies";
import { texts } from "../texts";
import { PRIORITIES } from "./chips";
import { CustomerFilter } from "./customer_filter";
import { AGES, type ListAddress, NOBODY, STATUSES } from "./list_address";
import "./list_filters.css";

const t = texts.tickets;
const STATUS_OPTIONS = [
  { value: "", label: t.anyStatus },
  { value: "open", label: t.openStatus },
  ...STATUSES.map((status) => ({ value: status as string, label: t.statuses[status] })),
];
const PRIORITY_OPTIONS = [{ value: "", label: t.anyPriority }, ...PRIORITIES];
const AGE_OPTIONS = [{ value: "", label: t.anyAge }, ...AGES.map((days) => ({ value: days, label: t.unchangedFor(Number(days)) }))];
const SORT_OPTIONS = Object.entries(t.sorts).map(([value, label]) => ({ value, label }));
const TYPED_MS = 250;

interface FiltersProps {
  address: ListAddress;
  onChange: (part: Partial<ListAddress>) => void;
}

/** The filters of the list. They count at once; the search after a short pause in typing. On a phone a button shows all but the search. */
export function Filters({ address, onChange }: FiltersProps) {
  const { search, status, board, assignee, customer, priority, age, sort } = address;
  const [typed, setTyped] = useState(search);
  const [open, setOpen] = useState(false);
  const active = [status, board, assignee, customer, priority, age].filter(Boolean).length;
  const boards = useBoards();

  useEffect(() => {
    if (typed.trim() === search) return undefined;
    const timer = setTimeout(() => onChange({ search: typed.trim() }), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  // The address changes by Back, by links and by clearing the filters too.
  useEffect(() => {
    if (typed.trim() !== search) setTyped(search);
  }, [search]);
  return (
    <div class="tickets__filters" role="search" aria-label={t.search}>
      <Field label={t.search} bare type="search" placeholder={t.search} value={typed} onInput={setTyped} before={<Search size={15} aria-hidden="true" />} />
      <Button icon={ListFilter} class="tickets__more-filters" label={t.filtersActive(active)} expanded={open} onClick={() => setOpen(!open)}>
        {t.filters}
        <Badge count={active} tone="accent" />
      </Button>
      <div class={open ? "tickets__choices tickets__choices--open" : "tickets__choices"}>
        <Select label={t.status} bare value={status} onInput={(value) => onChange({ status: value })} options={STATUS_OPTIONS} />
        <Select
          label={t.board}
          bare
          value={board}
          onInput={(value) => onChange({ board: value })}
          options={[{ value: "", label: t.anyBoard }, ...optionsOf(boards, board)]}
        />
        <Assignee value={assignee} onInput={(value) => onChange({ assignee: value })} />
        <CustomerFilter value={customer} onInput={(value) => onChange({ customer: value })} />
        <Select label={t.columns.priority} bare value={priority} onInput={(value) => onChange({ priority: value })} options={PRIORITY_OPTIONS} />
        <Select label={t.age} bare value={age} onInput={(value) => onChange({ age: value })} options={AGE_OPTIONS} />
        {/* Where the list has no headers. */}
        <Select label={t.sort} bare class="tickets__order" value={sort} onInput={(value) => onChange({ sort: value })} options={SORT_OPTIONS} />
      </div>
    </div>
  );
}

/** The person's own tickets come first, then each colleague's. */
function Assignee({ value, onInput }: { value: string; onInput: (id: string) => void }) {
  const { store, me } = useApp();
  const [engineers, setEngineers] = useState<readonly DirectoryPerson[]>([]);
  useEffect(() => {
    // Without the list, one's own tickets can be chosen.
    store.people({ kind: "engineer", limit: 1000 }).then(({ people }) => setEngineers(people), () => undefined);
  }, []);
  const own = me.value.id ?? "";
  const options = [
    { value: "", label: t.anyAssignee },
    { value: own, label: t.mine },
    { value: NOBODY, label: t.nobody },
    ...engineers.filter(({ id, disabled }) => id !== own && (!disabled || id === value)).map(({ id = "", name = "" }) => ({ value: id, label: name })),
  ];
  return <Select label={t.columns.assignee} bare value={value} onInput={onInput} options={options} />;
}
