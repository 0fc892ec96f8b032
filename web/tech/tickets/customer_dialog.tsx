import { useState } from "preact/hooks";

import { Banner, Button, Dialog } from "../../ui";
import { isolated, type Ticket } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { texts } from "../texts";
import { CustomerPick, type Chosen } from "./customer_pick";

const t = texts.customer;
const NOBODY: Chosen = { id: "", name: "", companyId: "" };

interface CustomerProps {
  ticket: Ticket;
  onChanged: () => void;
  onClose: () => void;
}

/** Gives the ticket to another customer (spec 9.6). */
export function CustomerDialog({ ticket, onChanged, onClose }: CustomerProps) {
  const { store } = useApp();
  const [chosen, setChosen] = useState(NOBODY);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const change = async () => {
    if (!chosen.id || busy) return;
    setBusy(true);
    setFailure("");
    try {
      await store.tickets.update(ticket.id ?? "", { customerId: chosen.id });
      onClose();
      onChanged();
    } catch (error) {
      setFailure(refusalText(error, t.refused));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t.change}
      text={t.effect(isolated(ticket.customer?.name ?? ""))}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && void change()}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="primary" busy={busy} disabled={!chosen.id} onClick={() => void change()}>
            {t.change}
          </Button>
        </>
      }
    >
      <CustomerPick label={t.find} chosen={chosen} onChoose={setChosen} />
      {failure && (
        <div role="alert">
          <Banner tone="danger">{failure}</Banner>
        </div>
      )}
    </Dialog>
  );
}
