import { useState } from "preact/hooks";

import { Dialog, LazyPage, PersonLine, lazy } from "../../ui";
import type { SessionCard } from "../../wire/index.ts";
import { useApp } from "../app_state";
import type { CustomerDetailsProps } from "../customer/customer_details";
import { presenceState } from "../people";
import { usePhone } from "../phone";
import { texts } from "../texts";
import "./beside.css";
import type { OpenWindow } from "./windows";

const DETAILS = lazy<CustomerDetailsProps>(() => import("../customer/customer_details").then((part) => part.CustomerDetails));

/** The customer's details of a chat: in a panel beside its window, or in a sheet on a phone, where they are not kept open. */
export function useBeside({ id, details }: OpenWindow, card: SessionCard) {
  const { windows } = useApp();
  const phone = usePhone();
  const [sheet, setSheet] = useState(false);
  if (!card.customer?.id) return undefined;
  const open = phone ? sheet : details;
  const onToggle = () => (phone ? setSheet(!sheet) : windows.showDetails(id, !details));
  // A link of the app opened a page, which is behind the sheet and the window.
  const showPage = () => {
    setSheet(false);
    windows.minimise(id);
  };
  const content = open && <Customer key={card.customer.id} card={card} />;
  return {
    ...{ open, onToggle, panel: !phone && content },
    sheet: phone && open && (
      <Dialog title={texts.chat.customer} class="beside-sheet" onClose={() => setSheet(false)}>
        <div onClick={(event) => event.defaultPrevented && showPage()}>{content}</div>
      </Dialog>
    ),
  };
}

function Customer({ card }: { card: SessionCard }) {
  const { store } = useApp();
  const { id = "", name = "" } = card.customer ?? {};
  const presence = presenceState(store.presenceOf(id).value);
  const below = [card.companyName, presence && texts.presence[presence]].filter(Boolean).join(" · ");
  return (
    <div class="beside">
      <PersonLine id={id} name={name} presence={presence} below={below} />
      <LazyPage of={DETAILS} props={{ id, companyId: card.companyId, exceptChat: card.sessionId }} loading={texts.chat.customerLoading} />
    </div>
  );
}
