import { Search, Unplug } from "lucide-preact";
import { useState } from "preact/hooks";

import { Banner, Button, Dialog, EmptyState, ErrorState, Field, PersonLine, Skeleton, TextArea, toast } from "../../ui";
import { Section } from "../../ui/surface/section";
import { type DirectoryPerson, FormDraft, isBlank, isolated, tidied } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { useFound } from "../found";
import { presenceState } from "../people";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { useCompanies } from "../boards_and_companies";
import "./directory.css";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.persons;
const SHOWN = 8;
// More than are shown, because disabled people are left out.
const ASKED = 20;
const MAX_REASON = 500;

/** The desk's people for admins (spec 1.15): who they are, their presence, and a button that ends their connections. */
export function Persons() {
  const { store } = useApp();
  const [text, setText] = useState("");
  const [ending, setEnding] = useState<DirectoryPerson | null>(null);
  const { found, failed, reload } = useFound(text, (search) => store.people({ search, limit: ASKED }));
  const companies = useCompanies();
  const people = (found?.people ?? []).filter((person) => !person.disabled);
  return (
    <Section title={t.title} lead={t.lead}>
      <Field label={t.find} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} />
      {!found && !failed && <Skeleton label={t.loading} rows={3} shape="people" />}
      {failed && <ErrorState compact title={t.failed} onRetry={reload} />}
      {found && people.length === 0 && <EmptyState compact title={t.none} />}
      {people.length > 0 && (
        <ul class="settings__people" aria-label={t.list}>
          {people.slice(0, SHOWN).map((person) => (
            <Person key={person.id} person={person} company={companies.find(({ id }) => id === person.companyId)?.name} onEnd={() => setEnding(person)} />
          ))}
        </ul>
      )}
      {(people.length > SHOWN || found?.more) && <p class="settings__below">{t.more}</p>}
      {ending && <EndConnections person={ending} onClose={() => setEnding(null)} />}
    </Section>
  );
}

function Person({ person, company, onEnd }: { person: DirectoryPerson; company: string | undefined; onEnd: () => void }) {
  const { store, me } = useApp();
  const { id = "", name = "", role, kind } = person;
  const presence = presenceState(store.presenceOf(id).value);
  const what = kind === "PERSON_KIND_CUSTOMER" ? company : t.roles[role ?? ""];
  const own = id === me.value.id;
  return (
    <li class="settings__person">
      <PersonLine
        id={id}
        name={name}
        side={kind === "PERSON_KIND_CUSTOMER" ? "customer" : "engineer"}
        below={[what && isolated(what), presence && t.presences[presence], person.email].filter(Boolean).join(" · ")}
      />
      <Button
        size="s"
        icon={Unplug}
        label={t.endOf(name)}
        disabled={own || presence === "offline"}
        hint={own ? t.notOwn : presence === "offline" ? t.notConnected(isolated(name)) : undefined}
        onClick={onEnd}
      >
        {t.end}
      </Button>
    </li>
  );
}

function EndConnections({ person: { id = "", name = "" }, onClose }: { person: DirectoryPerson; onClose: () => void }) {
  const { store } = useApp();
  const [draft] = useState(() => new FormDraft(store, `end-connections:${id}`, { reason: "" }));
  const { reason } = draft.values;
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const end = async () => {
    setTried(true);
    if (isBlank(reason) || busy) return;
    setBusy(true);
    setFailure("");
    try {
      toast(t.ended(isolated(name), await store.endConnections(id, tidied(reason))));
      draft.clear();
      onClose();
    } catch (error) {
      setFailure(refusalText(error, t.endFailed));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t.endTitle(isolated(name))}
      text={t.endText}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && void end()}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="danger" busy={busy} onClick={() => void end()}>
            {t.end}
          </Button>
        </>
      }
    >
      <TextArea label={t.reason} value={reason} onInput={(value) => draft.set({ reason: value })} rows={3} maxLength={MAX_REASON} error={tried && isBlank(reason) ? t.reasonMissing : undefined} autofocus required />
      {failure && (
        <div role="alert">
          <Banner tone="danger">{failure}</Banner>
        </div>
      )}
    </Dialog>
  );
}
