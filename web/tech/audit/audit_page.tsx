import { Download, Lock, RotateCw } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Button, EmptyState, ErrorState, Select, Skeleton } from "../../ui";
import type { AuditEntry, AuditKind } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isAdmin } from "../people";
import "./audit.css";
import { AuditRow } from "./audit_row";
import { auditTexts as t } from "./audit_texts";
import { dayAfter, startOf } from "./days";
import { useNames } from "./names";
import { type Chosen, PersonFilter } from "./person_filter";

const KINDS = Object.entries(t.kinds).map(([value, label]) => ({ value, label }));

/** The desk's audit log for admins (spec 10.5): newest first, with filters, older pages and a file of all of it. */
export function AuditPage() {
  const { store } = useApp();
  if (isAdmin(store.me.value)) return <Log />;
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
  const [kind, setKind] = useState<AuditKind | "">("");
  const [person, setPerson] = useState<Chosen | null>(null);
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const [round, setRound] = useState(0);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState(false);
  const filter = { ...(kind && { kind }), person: person?.id, since: startOf(from), until: dayAfter(until) };
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
  }, [kind, person?.id, from, until, round, start]);
  return (
    <div class="audit">
      <header class="audit__head">
        <h1>{t.heading}</h1>
        <p class="audit__lead">{t.lead}</p>
      </header>
      <div class="audit__filters">
        <Select label={t.kind} value={kind} onInput={(value) => setKind(value as AuditKind | "")} options={[{ value: "", label: t.anyKind }, ...KINDS]} />
        <PersonFilter chosen={person} onChoose={setPerson} />
        <Day label={t.from} value={from} onInput={setFrom} />
        <Day label={t.until} value={until} onInput={setUntil} />
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
      {loaded?.entries.length === 0 && !failed && <EmptyState title={t.none}>{t.noneText}</EmptyState>}
      {loaded && loaded.entries.length > 0 && (
        <ol class="audit__list" aria-label={t.list}>
          {loaded.entries.map((entry) => (
            <AuditRow key={entry.id} entry={entry} names={names} />
          ))}
        </ol>
      )}
      {loaded?.more && !failed && (
        <div>
          <Button busy={busy} onClick={() => void load(loaded, () => false)}>
            {t.more}
          </Button>
        </div>
      )}
    </div>
  );
}

function Day({ label, value, onInput }: { label: string; value: string; onInput: (value: string) => void }) {
  return (
    <label class="field">
      <span class="field__label">{label}</span>
      <input type="date" class="field__input" value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </label>
  );
}
