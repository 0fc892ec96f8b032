import { ArrowLeft } from "lucide-preact";
import { useState } from "preact/hooks";

import { Button, Card, Field, TextArea } from "../../ui";
import { cut, FormDraft, isBlank, oneLine, type Store, tidied } from "../../wire";
import { reason, sentence } from "../load";
import { go, paths } from "../router";
import { useStore } from "../store_context";
import { draftKey } from "../support/new_chat";
import { texts } from "../texts";

const t = texts.create;
const SUMMARY_CHARS = 200;

/** The request page's text, for a new ticket. */
export function beginTicket(store: Store, typed: string): void {
  const draft = draftOf(store);
  const { summary, text } = draft.values;
  if (!typed || `${summary}\n${text}`.includes(typed)) return;
  const first = firstLine(typed);
  if (isBlank(summary) && isBlank(text)) draft.set({ summary: first, text: first === typed ? "" : typed, from: typed });
  else draft.set({ text: !isBlank(text) ? `${text.trimEnd()}\n${typed}` : typed, from: typed });
}

/** `from` is the request page's text. */
function draftOf(store: Store) {
  return new FormDraft(store, "ticket:new", { summary: "", text: "", from: "" });
}

export function NewTicketPage() {
  const store = useStore();
  const [draft] = useState(() => draftOf(store));
  const { summary, text, from } = draft.values;
  const [wrong, setWrong] = useState<{ summary?: string; form?: string }>({});
  const [busy, setBusy] = useState(false);

  const submit = async (): Promise<void> => {
    if (isBlank(summary)) return setWrong({ summary: t.blank });
    setBusy(true);
    setWrong({});
    try {
      const ticket = await store.tickets.create({ summary: oneLine(summary), text: isBlank(text) ? "" : tidied(text), commandId: draft.commandId });
      draft.clear();
      // The request page's text is now in the ticket; text typed there since is not.
      if (from && tidied(store.draft(draftKey())) === from) store.saveDraft(draftKey(), "");
      go(paths.ticket(ticket.id ?? ""), true);
    } catch (error) {
      setWrong({ [reason(error).field === "summary" ? "summary" : "form"]: sentence(error) });
      setBusy(false);
    }
  };

  return (
    <div class="request">
      <div>
        <a class="page__back" href={paths.tickets}>
          <ArrowLeft size={14} aria-hidden="true" /> {texts.ticket.back}
        </a>
        <h1 class="page__title">{t.title}</h1>
      </div>
      <Card class="request__card">
        <form
          class="form"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <p class="request__why">{t.lead}</p>
          <Field label={t.summary} value={summary} onInput={(value) => draft.set({ summary: value })} maxLength={SUMMARY_CHARS} error={wrong.summary} autofocus />
          <TextArea label={t.text} hint={t.textHint} rows={6} maxLength={10_000} value={text} onInput={(value) => draft.set({ text: value })} />
          {wrong.form && (
            <p class="form__wrong" role="alert">
              {wrong.form}
            </p>
          )}
          <div class="form__buttons">
            <Button onClick={() => history.back()}>{t.cancel}</Button>
            <Button variant="primary" type="submit" busy={busy}>
              {t.submit}
            </Button>
          </div>
        </form>
      </Card>
    </div>
  );
}

function firstLine(text: string): string {
  return cut(text.split("\n")[0] ?? "", SUMMARY_CHARS);
}
