import { ChevronDown, X } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { IconButton, LazyDialog, lazy } from "../../ui";
import { useApp } from "../app_state";
import { texts } from "../texts";
import type { DialogProps } from "./customer_filter_dialog";

const t = texts.customerFilter;
const DIALOG = lazy<DialogProps>(() => import("./customer_filter_dialog").then((part) => part.CustomerFilterDialog));

interface FilterProps {
  /** The id of the chosen customer; empty = all. */
  value: string;
  onInput: (id: string) => void;
}

/** The filter for one customer, who is searched for, because a desk may have any number of them (spec 9.7). */
export function CustomerFilter({ value, onInput }: FilterProps) {
  const { store } = useApp();
  const [open, setOpen] = useState(false);
  const [found, setFound] = useState({ id: "", name: "" });
  useEffect(() => {
    // Without the name, the filter can still be taken off.
    if (value && found.id !== value) store.person(value).then(({ name = "" }) => setFound({ id: value, name }), () => undefined);
  }, [value]);
  const choose = ({ id, name }: { id: string; name: string }) => {
    setFound({ id, name });
    onInput(id);
  };
  const name = value ? (found.id === value && found.name) || t.one : t.all;
  return (
    <div class="tickets__customer-filter">
      <button type="button" class="field__input tickets__customer-open" aria-label={t.label(name)} title={name} onClick={() => setOpen(true)}>
        <span dir="auto">{name}</span>
        {!value && <ChevronDown size={14} aria-hidden="true" />}
      </button>
      {value && <IconButton icon={X} label={t.clear} onClick={() => onInput("")} />}
      {open && <LazyDialog of={DIALOG} props={{ onChoose: choose, onClose: () => setOpen(false) }} />}
    </div>
  );
}
