import { Download, Lock, RotateCw, SearchX } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Button, EmptyState, ErrorState, Select, Skeleton } from "../../ui";
import type { AuditEntry, AuditKind } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { dayAfter, startOf } from "../days";
import { isAdminOfDesk } from "../people";
import "./audit.css";
import { useAuditAddress } from "./audit_address";
import { AuditRow } from "./audit_row";
import { auditTexts as t } from "./audit_texts";
import { useNames } from "./names";
import { PersonFilter } from "./person_filter";

const KINDS = Object.entries(t.kinds).map(([value, label]) => ({ value, label }));

/** The desk's audit log for admins of the whole desk (spec 10.5): newest first, with filters, older pages and a file of all of it. */
export function AuditPage() {
  const { store } = useApp();
  if (isAdminOfDesk(store.me.value)) return <Log />;
  return (
    <div class="audit">
      <h1>{t.heading}</h1>
      <EmptyState icon={Lock} title={t.adminsOnly}>
        {t.adminsOnlyText}
      </EmptyState>
    </div>
  );
}

interface Loaded {
  entries: readonly AuditEntry[];
  more: string;
}

function Log() {
  const { store } = useApp();
  const names = useNames();
  const [{ kind, person, from, until }, change] = useAuditAddress();
  const [round, setRound] = useState(0);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState(false);
  // The entry that the Tab key leads to.
  const [here, setHere] = useState(0);
  const list = useRef<HTMLOListElement>(null);
  // The first of the older entries that were asked for, whose button may be gone.
  const older = useRef(0);
  const filter = { ...(kind && { kind }), ...(person && { person }), since: startOf(from), until: dayAfter(until) };
  const start = store.starts.value;
  const load = async (before: Loaded | null, isLate: () => boolean) => {
    setBusy(true);
    try {
      const { entries = [], nextPageToken = "" } = await store.audit.list(filter, before?.more);
      if (isLate()) return;
      setFailed(false);
      setLoaded({ entries: [...(before?.entries ?? []), ...entries], more: nextPageToken });
    } catch {
      if (!isLate()) setFailed(true);
    }
    if (!isLate()) setBusy(false);
  };
  useEffect(() => {
    let late = false;
    void load(null, () => late);
    return () => void (late = true);
  }, [kind, person, from, until, round, start]);
  const count = loaded?.entries.length ?? 0;
  useEffect(() => {
    if (older.current && count > older.current) (list.current?.children[older.current] as HTMLElement | undefined)?.focus();
    older.current = 0;
  }, [count]);
  return (
    <div class="audit">
      <header class="audit__head">
        <h1>{t.heading}</h1>
        <p class="audit__lead">{t.lead}</p>
      </header>
      <div class="audit__filters">
        <Select label={t.kind} value={kind} onInput={(value) => change({ kind: value as AuditKind | "" })} options={[{ value: "", label: t.anyKind }, ...KINDS]} />
        <PersonFilter chosen={person} onChoose={(id) => change({ person: id })} />
        <Day label={t.from} value={from} onInput={(day) => change({ from: day })} />
        <Day label={t.until} value={until} onInput={(day) => change({ until: day })} />
      </div>
      <div class="audit__acts">
        <Button size="s" icon={RotateCw} onClick={() => setRound((count) => count + 1)}>
          {t.refresh}
        </Button>
        {(["csv", "json_lines"] as const).map((format) => (
          <a key={format} class="button button--secondary button--s" href={store.audit.fileUrl(filter, format)} download>
            <Download size={14} aria-hidden="true" /> {format === "csv" ? t.csv : t.jsonLines}
          </a>
        ))}
      </div>
      {!loaded && !failed && <Skeleton label={t.loading} rows={8} />}
      {failed && <ErrorState title={t.failed} onRetry={() => setRound((count) => count + 1)} />}
      {loaded?.entries.length === 0 && !failed && <EmptyState icon={SearchX} title={t.none}>{t.noneText}</EmptyState>}
      {loaded && loaded.entries.length > 0 && (
        <ol ref={list} class="audit__list" aria-label={t.list} onKeyDown={moveFocus} onFocusIn={({ target }) => setHere(indexOf(target as HTMLElement))}>
          {loaded.entries.map((entry, index) => (
            <AuditRow key={entry.id} entry={entry} names={names} tabIndex={index === Math.min(here, count - 1) ? 0 : -1} />
          ))}
        </ol>
      )}
      {loaded?.more && !failed && (
        <div>
          <Button
            busy={busy}
            onClick={() => {
              older.current = count;
              void load(loaded, () => false);
            }}
          >
            {t.more}
          </Button>
        </div>
      )}
    </div>
  );
}

const STEPS: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/** J and K, or the arrows, move from entry to entry, as in the list of tickets. */
function moveFocus(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const entry = (event.target as HTMLElement).closest(".audit__entry");
  if (!step || !entry || event.ctrlKey || event.metaKey || event.altKey) return;
  const next = step > 0 ? entry.nextElementSibling : entry.previousElementSibling;
  (next as HTMLElement | null)?.focus();
  event.preventDefault();
}

function indexOf(target: HTMLElement): number {
  const entry = target.closest(".audit__entry");
  return [...(entry?.parentElement?.children ?? [])].indexOf(entry!);
}

function Day({ label, value, onInput }: { label: string; value: string; onInput: (value: string) => void }) {
  return (
    <label class="field">
      <span class="field__label">{label}</span>
      <input type="date" class="field__input" value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </label>
  );
}
