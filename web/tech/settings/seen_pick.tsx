import { Search } from "lucide-preact";
import { useState } from "preact/hooks";

import { Choices, Field } from "../../ui";
import type { Seen } from "./person_form";
import { personTexts as t } from "./person_texts";

const SEARCHED_ABOVE = 8;

interface SeenPickProps {
  label: string;
  all: string;
  only: string;
  options: readonly { value: string; label: string }[];
  value: Seen;
  onChange: (value: Seen) => void;
  error?: string;
}

/** All companies or boards, or only those that are checked. */
export function SeenPick({ label, all, only, options, value, onChange, error }: SeenPickProps) {
  const [text, setText] = useState("");
  const typed = text.trim().toLowerCase();
  const found = options.filter(({ label: name }) => name.toLowerCase().includes(typed));
  const check = (id: string, on: boolean) => onChange({ all: false, ids: on ? [...value.ids, id] : value.ids.filter((one) => one !== id) });
  return (
    <div class="seen-pick">
      <Choices
        label={label}
        value={value.all ? "all" : "only"}
        onChange={(choice) => onChange({ ...value, all: choice === "all" })}
        options={[
          { value: "all", label: all },
          { value: "only", label: only },
        ]}
        error={error}
      />
      {!value.all && (
        <div class="seen-pick__only" role="group" aria-label={only}>
          {options.length > SEARCHED_ABOVE && (
            <Field label={t.find(label)} bare placeholder={t.findHint} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} />
          )}
          <div class="seen-pick__list">
            {found.map(({ value: id, label: name }) => (
              <label key={id} class="choices__one">
                <input type="checkbox" checked={value.ids.includes(id)} onChange={(event) => check(id, event.currentTarget.checked)} />
                <bdi>{name}</bdi>
              </label>
            ))}
            {found.length === 0 && <p class="settings__empty">{t.none}</p>}
          </div>
          {value.ids.length === 0 && <p class="settings__below">{t.nothingChosen}</p>}
        </div>
      )}
    </div>
  );
}
