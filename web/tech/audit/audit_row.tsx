import { Download, Eraser, KeyRound, MessageSquareText, Settings, Shield, Unplug } from "lucide-preact";
import type { ComponentChildren } from "preact";

import { Button, type Icon, Time } from "../../ui";
import type { AuditChange, AuditEntry, AuditKind } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { auditTexts as t } from "./audit_texts";
import { fieldName, type NameValue } from "./names";

const SIGNS: Partial<Record<AuditKind, Icon>> = {
  AUDIT_KIND_SIGN_IN: KeyRound,
  AUDIT_KIND_SETTINGS: Settings,
  AUDIT_KIND_ACCESS: Shield,
  AUDIT_KIND_CLOSE_NOTE: MessageSquareText,
  AUDIT_KIND_CONNECTIONS: Unplug,
  AUDIT_KIND_EXPORT: Download,
  AUDIT_KIND_ERASURE: Eraser,
};

/** One entry: a sentence, what changed, and when. */
export function AuditRow({ entry, names, tabIndex }: { entry: AuditEntry; names: NameValue; tabIndex: number }) {
  const { windows } = useApp();
  const { kind = "AUDIT_KIND_UNSPECIFIED", subject, subjectId = "", at = "", changes = [], reason, address } = entry;
  const Sign = SIGNS[kind] ?? Shield;
  return (
    <li class="audit__entry" tabIndex={tabIndex}>
      <Sign size={16} class="audit__sign" aria-hidden="true" />
      <div class="audit__what">
        <p class="audit__sentence">
          <Sentence entry={entry} /> {address && <span class="audit__more">{t.address(address)}</span>}
        </p>
        {changes.length > 0 && (
          <ul class="audit__changes">
            {changes.map((change) => (
              <Change key={change.field} entry={entry} change={change} names={names} />
            ))}
          </ul>
        )}
        {reason && (
          <p class="audit__more">
            <bdi>{t.reason(reason)}</bdi>
          </p>
        )}
        {subject === "AUDIT_SUBJECT_SESSION" && (
          <Button size="s" variant="ghost" onClick={() => windows.open(subjectId)}>
            {t.openChat}
          </Button>
        )}
      </div>
      <span class="audit__at">
        <Time at={at} />
      </span>
    </li>
  );
}

function Sentence({ entry }: { entry: AuditEntry }): ComponentChildren {
  const { action = "AUDIT_ACTION_UNSPECIFIED", subject = "AUDIT_SUBJECT_UNSPECIFIED", byId = "", byName, subjectId = "", subjectName } = entry;
  const by = <Name>{byName || byId}</Name>;
  const whom = <Name>{subjectName || subjectId}</Name>;
  if (action === "AUDIT_ACTION_SIGNED_IN") return [by, " ", t.signedIn];
  if (action === "AUDIT_ACTION_SIGNED_OUT") return byId === subjectId ? [by, " ", t.signedOut] : [by, " ", t.endedSignIn, " ", whom];
  if (action === "AUDIT_ACTION_ENDED") return [by, " ", t.endedConnections, " ", whom];
  const named = subject === "AUDIT_SUBJECT_PERSON" || subject === "AUDIT_SUBJECT_COMPANY" || subject === "AUDIT_SUBJECT_BOARD";
  const what = t.settings[subjectId] ?? t.subjects[subject] ?? subjectId;
  return [by, " ", t.acts[action] ?? "", " ", what, ...(named ? [" ", whom] : [])];
}

function Name({ children }: { children: string }) {
  return <bdi class="audit__name">{children}</bdi>;
}

function Change({ entry, change: { field = "", before = "", after = "" }, names }: { entry: AuditEntry; change: AuditChange; names: NameValue }) {
  const isNew = entry.action === "AUDIT_ACTION_CREATED";
  const label = fieldName(field, entry.subject === "AUDIT_SUBJECT_SETTINGS", names);
  if (!before && !after) return <li>{isNew ? label : t.changed(label)}</li>;
  return (
    <li>
      {label}: {!isNew && <Value>{names(field, before) || t.nothing}</Value>}
      {!isNew && <span aria-hidden="true"> → </span>}
      {!isNew && <span class="unseen"> {t.becomes} </span>}
      <Value>{names(field, after) || t.nothing}</Value>
    </li>
  );
}

function Value({ children }: { children: string }) {
  return <bdi class="audit__value">{children}</bdi>;
}
