import { Check, CircleAlert, CircleDot, Lock } from "lucide-preact";
import type { ComponentChildren } from "preact";

import { Banner, Button, ErrorState, Skeleton, clockTime } from "../../ui";
import { Section } from "../../ui/surface/section";
import { type AlertSettings, type ChatSettings, type PresenceSettings, sentenceOf } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isAdmin, isAdminOfDesk } from "../people";
import { Link } from "../router";
import { CannedRepliesSection } from "../replies/replies_section";
import { replyTexts } from "../replies/reply_texts";
import { Access } from "./access_section";
import { Alerts, useAlertDraft } from "./alerts_section";
import { Boards } from "./boards_section";
import { Companies } from "./companies_section";
import { Entries, People, Times } from "./chat_sections";
import { useDirectoryDraft } from "./directory_draft";
import type { DirectorySettings } from "./directory_merge";
import { type Draft, useDraft } from "./draft";
import { Files, type FileSettings, useFileDraft } from "./files_section";
import { Holidays } from "./holidays_section";
import { Hours } from "./hours_section";
import { SectionLinks, type Part } from "./section_links";
import { Persons } from "./people_section";
import { Presence } from "./presence_section";
import "./settings.css";
import { Webhooks } from "./webhooks_section";
import { settingsTexts } from "./settings_texts";
import { webhookTexts } from "./webhook_texts";

// What an admin with limited access may change; the rest concerns the whole desk (spec 10.2).
const WITHIN_ACCESS = new Set(["boards", "companies", "people", "replies"]);

/** An engineer's canned replies, and for admins the desk's settings. Each service's part is a draft of its own; one button saves all of them. */
export function SettingsPage() {
  const { store } = useApp();
  if (!isAdmin(store.me.value)) {
    return (
      <div class="settings">
        <h1>{settingsTexts.heading}</h1>
        <Banner icon={Lock}>{settingsTexts.adminsOnly}</Banner>
        <CannedRepliesSection />
      </div>
    );
  }
  return <Forms />;
}

function Forms() {
  const { store } = useApp();
  const chat = useDraft<ChatSettings>("chat", store.chatSettings, store.updateChatSettings);
  const presence = useDraft<PresenceSettings>("presence", store.presenceSettings, store.updatePresenceSettings);
  const alerts = useAlertDraft();
  const directory = useDirectoryDraft();
  const files = useFileDraft();
  const drafts = [chat, presence, alerts, directory, files] as Draft<object>[];
  const { values } = chat;
  const wholeDesk = isAdminOfDesk(store.me.value);
  const parts = (values ? partsOf(chat, values, presence, alerts, directory, files) : []).filter(({ id }) => wholeDesk || WITHIN_ACCESS.has(id));
  return (
    <div class="settings">
      <Head drafts={drafts} />
      {!wholeDesk && <Banner icon={Lock}>{settingsTexts.withinAccess}</Banner>}
      {!values && !chat.failed && <Skeleton label={settingsTexts.loading} rows={5} shape="cards" />}
      {chat.failed && (
        <ErrorState title={settingsTexts.loadFailed} onRetry={chat.reload}>
          {sentenceOf(chat.failed)}
        </ErrorState>
      )}
      {parts.length > 0 && (
        <div class="settings__body">
          <SectionLinks parts={parts} />
          <div class="settings__parts">
            {parts.map(({ id, part }) => (
              <div key={id} id={id}>
                {part}
              </div>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

interface SettingsPart extends Part {
  part: ComponentChildren;
}

/** The sections in the order of the page. */
function partsOf(
  chat: Draft<ChatSettings>,
  values: ChatSettings,
  presence: Draft<PresenceSettings>,
  alerts: Draft<AlertSettings>,
  directory: Draft<DirectorySettings>,
  files: Draft<FileSettings>,
): SettingsPart[] {
  const t = settingsTexts;
  return [
    { id: "contact", title: t.entries.title, part: <Entries form={chat} values={values} /> },
    { id: "joining", title: t.people.title, part: <People form={chat} values={values} /> },
    { id: "times", title: t.times.title, part: <Times form={chat} values={values} /> },
    { id: "hours", title: t.hours.title, part: <Hours form={chat} values={values} /> },
    ...(values.hours ? [{ id: "holidays", title: t.holidays.title, part: <Holidays form={chat} hours={values.hours} /> }] : []),
    { id: "access", title: t.access.title, part: <Access form={chat} values={values} /> },
    { id: "presence", title: t.presence.title, part: <Presence form={presence} /> },
    { id: "alerts", title: t.alerts.title, part: <Alerts form={alerts} /> },
    { id: "files", title: t.files.title, part: <Files form={files} /> },
    { id: "boards", title: t.boards.title, part: <Boards form={directory} /> },
    ...(directory.failed ? [] : [{ id: "companies", title: t.companies.title, part: <Companies form={directory} /> }]),
    { id: "people", title: t.persons.title, part: <Persons /> },
    { id: "webhooks", title: webhookTexts.title, part: <Webhooks /> },
    { id: "replies", title: replyTexts.title, part: <CannedRepliesSection /> },
    { id: "audit-log", title: t.audit.title, part: <AuditLog /> },
  ];
}

function AuditLog() {
  return (
    <Section title={settingsTexts.audit.title} lead={settingsTexts.audit.lead}>
      <p>
        <Link to={{ page: "audit" }}>{settingsTexts.audit.open}</Link>
      </p>
    </Section>
  );
}

/** The save bar with the reasons why something is not saved. Always visible. */
function Head({ drafts }: { drafts: Draft<object>[] }) {
  const dirty = drafts.filter((draft) => draft.dirty);
  const saving = drafts.some((draft) => draft.saving);
  const savedAt = Math.max(0, ...drafts.map((draft) => draft.savedAt ?? 0));
  const Sign = dirty.length ? CircleDot : Check;
  const status = saving ? settingsTexts.saving : dirty.length ? settingsTexts.unsaved : savedAt ? settingsTexts.saved(clockTime(savedAt)) : settingsTexts.unchanged;
  return (
    <header class="settings__head">
      <h1>{settingsTexts.heading}</h1>
      <span class={dirty.length ? "settings__state settings__state--unsaved" : "settings__state"} role="status">
        <Sign size={15} aria-hidden="true" /> {status}
      </span>
      <div class="settings__acts">
        <Button variant="ghost" disabled={!dirty.length || saving} onClick={() => dirty.forEach((draft) => draft.discard())}>
          {settingsTexts.discard}
        </Button>
        <Button variant="primary" busy={saving} disabled={!dirty.length || dirty.some((draft) => draft.conflict)} onClick={() => dirty.forEach((draft) => void draft.save())}>
          {settingsTexts.save}
        </Button>
      </div>
      <div class="settings__notices">
        {drafts.map((draft, index) => (
          <SaveNotices key={index} draft={draft} />
        ))}
      </div>
    </header>
  );
}

/** The reasons why a draft cannot be saved. */
function SaveNotices({ draft }: { draft: Draft<object> }) {
  if (draft.conflict) {
    const fields = draft.conflict.fields.map((field) => settingsTexts.fields[field] ?? field).join(", ");
    return (
      <div role="alert">
        <Banner
          tone="warn"
          icon={CircleAlert}
          actions={
            <>
              <Button size="s" onClick={draft.takeTheirs}>
                {settingsTexts.takeTheirs}
              </Button>
              <Button size="s" variant="primary" onClick={draft.keepMine}>
                {settingsTexts.keepMine}
              </Button>
            </>
          }
        >
          {settingsTexts.conflict(fields)}
        </Banner>
      </div>
    );
  }
  if (!draft.failure) return null;
  return (
    <div role="alert">
      <Banner tone="danger" icon={CircleAlert}>
        {draft.failure}
      </Banner>
    </div>
  );
}
