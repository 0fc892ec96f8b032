import { signal } from "@preact/signals";
import { ArrowLeft } from "lucide-preact";
import { useRef, useState } from "preact/hooks";

import { Button, Card, Field, TextArea } from "../../ui";
import { reason, sentence } from "../load";
import { go, paths } from "../router";
import { useStore } from "../store_context";
import { placeOf } from "../support/new_chat";
import { texts } from "../texts";

const words = texts.create;
const SUMMARY_CHARS = 200;

/** What was typed on the request page already. */
export const startOfTicket = signal("");

export function NewTicketPage() {
  const store = useStore();
  const [summary, setSummary] = useState(() => firstLine(startOfTicket.peek()));
  const [text, setText] = useState(() => (firstLine(startOfTicket.peek()) === startOfTicket.peek() ? "" : startOfTicket.peek()));
  const [wrong, setWrong] = useState<{ summary?: string; form?: string }>({});
  const [busy, setBusy] = useState(false);
  const commandId = useRef<string>(undefined);

  const submit = async (): Promise<void> => {
    if (!summary.trim()) return setWrong({ summary: words.blank });
    setBusy(true);
    setWrong({});
    try {
      const ticket = await store.tickets.create({ summary: summary.trim(), text: text.trim(), commandId: commandId.current });
      if (startOfTicket.peek()) store.saveDraft(placeOf(), "");
      startOfTicket.value = "";
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
        <h1 class="page__title">{words.title}</h1>
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
          <p class="request__why">{words.lead}</p>
          <Field label={words.summary} value={summary} onInput={setSummary} maxLength={SUMMARY_CHARS} error={wrong.summary} autofocus />
          <TextArea label={words.text} hint={words.textHint} rows={6} maxLength={10_000} value={text} onInput={setText} />
          {wrong.form && (
            <p class="form__wrong" role="alert">
              {wrong.form}
            </p>
          )}
          <div class="form__buttons">
            <Button onClick={() => history.back()}>{words.cancel}</Button>
            <Button variant="primary" type="submit" busy={busy}>
              {words.submit}
            </Button>
          </div>
        </form>
      </Card>
    </div>
  );
}

function firstLine(text: string): string {
  return [...(text.split("\n")[0] ?? "")].slice(0, SUMMARY_CHARS).join("");
}
