import { useEffect, useMemo, useState } from "preact/hooks";

import { Banner, Button, Choices, Dialog, ErrorState, Field, Select, Skeleton, Switch, toast } from "../../ui";
import { type DirectoryPerson, isolated, Refused } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { optionsOf, useBoards, useCompanies } from "../boards_and_companies";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import "./directory.css";
import { formOf, missingIn, NEW_PERSON, type PersonForm, personOf } from "./person_form";
import { personTexts as t } from "./person_texts";
import { SeenPick } from "./seen_pick";
import { zones } from "./zones";

const MAX_NAME = 200;
const ROLES = Object.entries(t.roles).map(([value, label]) => ({ value, label }));
const FIELDS: Record<string, string> = { company_id: "companyId", time_zone: "timeZone", "access.company_ids": "companies", "access.board_ids": "boards" };

interface PersonDialogProps {
  /** The id of the person to change; without it, one is added. */
  id?: string;
  name?: string;
  onSaved: () => void;
  onClose: () => void;
}

/** Adds or changes a person: who they are, what they may do and what they see (spec 10.10). */
export function PersonDialog({ id, name = "", onSaved, onClose }: PersonDialogProps) {
  const { store } = useApp();
  const [stored, setStored] = useState<{ person: DirectoryPerson | null; revision: number } | null>(id ? null : { person: null, revision: 0 });
  const [failed, setFailed] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!id) return;
    setFailed(false);
    store.personEntry(id).then(setStored, () => setFailed(true));
  }, [id, round]);
  if (stored) return <Form {...stored} onSaved={onSaved} onClose={onClose} />;
  return (
    <Dialog title={t.editTitle(isolated(name))} onClose={onClose}>
      {failed ? <ErrorState compact title={t.loadFailed} onRetry={() => setRound((count) => count + 1)} /> : <Skeleton label={t.loading} rows={4} />}
    </Dialog>
  );
}

function Form({ person, revision, onSaved, onClose }: { person: DirectoryPerson | null; revision: number } & Pick<PersonDialogProps, "onSaved" | "onClose">) {
  const { store, me } = useApp();
  const companies = useCompanies();
  const boards = useBoards();
  const [before] = useState<PersonForm>(person ? formOf(person) : NEW_PERSON);
  const [form, setForm] = useState(before);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState({ field: "", text: "" });
  const set = (change: Partial<PersonForm>) => setForm((before) => ({ ...before, ...change }));
  const zoneOptions = useMemo(() => [{ value: "", label: t.unknownZone }, ...zones(person?.timeZone || "UTC")], [person]);
  const own = person?.id === me.value.id;
  const missing = tried ? missingIn(form) : [];
  const errorOf = (field: string) => (refused.field === field ? refused.text : undefined);
  const save = async () => {
    setTried(true);
    if (busy || missingIn(form).length) return;
    setBusy(true);
    setRefused({ field: "", text: "" });
    try {
      await store.putEntry({ person: personOf(form, person, store.me.value?.desk?.id ?? "") }, revision);
      toast((person ? t.changed : t.added)(isolated(form.name)));
      onSaved();
      onClose();
    } catch (error) {
      setRefused(refusalOf(error));
      setBusy(false);
      focusWrong();
    }
  };
  const shown = ["name", "email", "phone", "timeZone", "role", "companyId", "companies", "boards"];
  return (
    <Dialog
      class="person-dialog"
      title={person ? t.editTitle(isolated(person.name ?? "")) : t.addTitle}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && void save()}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="primary" busy={busy} onClick={() => void save()}>
            {person ? t.save : t.add}
          </Button>
        </>
      }
    >
      {!person && (
        <Choices
          label={t.side}
          value={form.side}
          onChange={(side) => set({ side })}
          options={(["engineer", "customer"] as const).map((value) => ({ value, label: t[value][0], hint: t[value][1] }))}
        />
      )}
      <Field label={t.name} value={form.name} onInput={(name) => set({ name })} maxLength={MAX_NAME} error={missing.includes("name") ? t.nameMissing : errorOf("name")} autofocus required />
      <Field label={t.email} type="email" value={form.email} onInput={(email) => set({ email })} hint={person ? undefined : t.emailHint} error={errorOf("email")} />
      <Field label={t.phone} type="tel" value={form.phone} onInput={(phone) => set({ phone })} hint={t.phoneHint} error={errorOf("phone")} />
      {form.side === "customer" ? (
        <>
          <Select
            label={t.company}
            value={form.companyId}
            onInput={(companyId) => set({ companyId })}
            options={[{ value: "", label: t.chooseCompany }, ...optionsOf(companies, before.companyId)]}
            error={missing.includes("companyId") ? t.companyMissing : errorOf("companyId")}
            required
          />
          <Select
            label={t.timeZone}
            value={form.timeZone}
            onInput={(timeZone) => set({ timeZone })}
            options={zoneOptions}
            hint={t.timeZoneHint}
            error={errorOf("timeZone")}
          />
        </>
      ) : (
        <>
          <Select
            label={t.role}
            value={form.role}
            onInput={(role) => set({ role: role as PersonForm["role"] })}
            options={ROLES}
            hint={own ? t.ownRole : undefined}
            disabled={own}
            error={errorOf("role")}
          />
          <SeenPick label={t.companies} all={t.allCompanies} only={t.onlyCompanies} options={optionsOf(companies, ...before.companies.ids)} value={form.companies} onChange={(seen) => set({ companies: seen })} error={errorOf("companies")} />
          <SeenPick label={t.boards} all={t.allBoards} only={t.onlyBoards} options={optionsOf(boards, ...before.boards.ids)} value={form.boards} onChange={(seen) => set({ boards: seen })} error={errorOf("boards")} />
        </>
      )}
      {person && !own && <Switch label={t.disabled} hint={t.disabledHint} checked={form.disabled} onChange={(disabled) => set({ disabled })} />}
      {refused.text && !shown.includes(refused.field) && (
        <div role="alert">
          <Banner tone="danger">{refused.text}</Banner>
        </div>
      )}
    </Dialog>
  );
}

function focusWrong(): void {
  // After the messages are rendered.
  requestAnimationFrame(() => document.querySelector<HTMLElement>(".person-dialog [aria-invalid=true]")?.focus());
}

/** The form's field of a refusal, and its text. */
function refusalOf(error: unknown): { field: string; text: string } {
  const named = error instanceof Refused ? error.field.replace(/^entry\.person\./, "") : "";
  const code = error instanceof Refused ? error.code : "";
  if (code === "changed_meanwhile") return { field: "", text: t.meanwhile };
  if (code === "email_taken") return { field: "email", text: t.emailTaken };
  const isForPeople = error instanceof Refused && error.kind === "invalid_argument" && error.field.startsWith("entry.person.");
  if (isForPeople && named === "phone") return { field: "phone", text: t.phoneWrong };
  return { field: FIELDS[named] ?? named, text: isForPeople ? error.message : refusalText(error, t.failed) };
}
