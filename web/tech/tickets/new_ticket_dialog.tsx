import { useEffect, useRef, useState } from "preact/hooks";

import { Banner, Button, Dialog, Field, Select, TextArea, toast } from "../../ui";
import { type BoardsAndCompanies, cut, excess, FormDraft, isBlank, oneLine, type Priority, Refused, type SessionCard, type Store, tidied } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { optionsOf } from "../boards_and_companies";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { go } from "../router";
import { texts } from "../texts";
import { PRIORITIES } from "./chips";
import { CustomerPick } from "./customer_pick";
import { MAX_SUMMARY } from "./limits";

const t = texts.newTicket;
const MAX_TEXT = 10_000;
// The server's sentences about these fields are not for people.
const OF_FIELD: Record<string, string> = { customer_id: t.noCustomer, board_id: t.noBoard };

/** Creates a ticket for a customer (spec 9.6). From a session, its customer and title are filled in. */
export function NewTicketDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const { store } = useApp();
  const card = store.cards.value.get(sessionId) ?? store.sessionOf(sessionId).value?.card ?? {};
  const [draft] = useState(() => draftOf(store, sessionId, card));
  const { customer, companyId, name, summary, text, priority } = draft.values;
  const [desk, setDesk] = useState<BoardsAndCompanies>({});
  const [wrong, setWrong] = useState<{ customer?: string; summary?: string; form?: string }>({});
  const [busy, setBusy] = useState(false);
  const [customerBox, summaryBox] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  useEffect(() => {
    // Without the boards, the session's own one is offered.
    store.boardsAndCompanies().then(setDesk, () => undefined);
  }, []);
  // After a customer was chosen, the next field to fill in.
  useEffect(() => {
    if (customer) summaryBox.current?.focus();
    else customerBox.current?.focus();
  }, [customer]);

  const boards = optionsOf(desk.boards ?? [{ id: card.boardId, name: "" }]);
  const company = desk.companies?.find(({ id }) => id === companyId);
  const usual = company?.defaultBoardId ?? card.boardId;
  const board = [draft.values.board, usual, boards[0]?.value].find((id) => id && boards.some((one) => one.value === id)) ?? "";

  // Told before the engineer types: a session keeps its customer when their company is archived (spec 2.10).
  const problem = wrong.form ?? (company?.archived ? t.companyArchived : undefined);
  const create = async () => {
    if (busy) return;
    const missing = { customer: customer ? undefined : t.customerMissing, summary: isBlank(summary) ? t.summaryMissing : undefined };
    setWrong(missing);
    if (missing.customer) return customerBox.current?.focus();
    if (missing.summary || excess(summary, MAX_SUMMARY)) return summaryBox.current?.focus();
    if (excess(text, MAX_TEXT)) return;
    setBusy(true);
    try {
      const fields = { summary: oneLine(summary), text: isBlank(text) ? "" : tidied(text), boardId: board, customerId: customer, priority: priority as Priority };
      const { id = "", number = 0 } = await store.tickets.create({ ...fields, commandId: draft.commandId });
      draft.clear();
      onClose();
      if (!sessionId) return go({ page: "ticket", id });
      noteForClosing(store, sessionId, card, number);
      toast(t.created(number), { action: { label: t.openTicket, onSelect: () => go({ page: "ticket", id }) } });
    } catch (error) {
      const { field, code } = error instanceof Refused ? error : { field: "", code: "" };
      const isArchived = code === "company_archived" || code === "board_archived";
      const sentence = (!isArchived && OF_FIELD[field]) || refusalText(error, t.failed);
      // The customer is right and stays, so the sentence is of the form.
      const chooseAnother = field === "customer_id" && !isArchived;
      setWrong({ [chooseAnother ? "customer" : field === "summary" ? "summary" : "form"]: sentence });
      if (chooseAnother) draft.set({ customer: "", companyId: "", name: "" });
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t.title}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && void create()}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="primary" busy={busy} onClick={() => void create()}>
            {t.create}
          </Button>
        </>
      }
    >
      <CustomerPick
        label={t.customer}
        chosen={{ id: customer, name, companyId }}
        // The board follows the company, until another one is chosen.
        onChoose={(chosen) => draft.set({ customer: chosen.id, name: chosen.name, companyId: chosen.companyId })}
        error={wrong.customer}
        inputRef={customerBox}
      />
      <Field
        label={t.summary}
        value={summary}
        onInput={(value) => draft.set({ summary: value })}
        maxLength={MAX_SUMMARY}
        error={isBlank(summary) ? wrong.summary : undefined}
        inputRef={summaryBox}
        required
      />
      <div class="new-ticket__row">
        <Select
          label={t.board}
          value={board}
          onInput={(value) => draft.set({ board: value })}
          options={boards}
        />
        <Select label={t.priority} value={priority} onInput={(value) => draft.set({ priority: value })} options={PRIORITIES} />
      </div>
      <TextArea label={t.text} hint={t.textHint} value={text} onInput={(value) => draft.set({ text: value })} rows={4} maxLength={MAX_TEXT} />
      {problem && (
        <div role="alert">
          <Banner tone="danger">{problem}</Banner>
        </div>
      )}
    </Dialog>
  );
}

function draftOf(store: Store, sessionId: string, card: SessionCard) {
  const blank = {
    customer: card.customer?.id ?? "",
    name: card.customer?.name ?? "",
    companyId: card.companyId ?? "",
    summary: cut(oneLine(card.title ?? ""), MAX_SUMMARY),
    text: "",
    board: "",
    priority: "PRIORITY_NORMAL",
  };
  return new FormDraft(store, `ticket:${sessionId || "new"}`, blank);
}

/** Begins the closing note of an abandoned session or a call-back, which the engineer closes next (spec 4.11). */
function noteForClosing(store: Store, sessionId: string, { status }: SessionCard, number: number): void {
  if (status !== "CHAT_STATUS_ABANDONED" && status !== "CHAT_STATUS_CALLBACK") return;
  const draft = new FormDraft(store, `close:${sessionId}`, { note: "" });
  draft.set({ note: [draft.values.note, t.closingNote(number)].filter(Boolean).join("\n") });
}
