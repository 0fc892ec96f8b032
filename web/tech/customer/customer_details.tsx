import { Contact } from "./contact";
import "./customer.css";
import { LastChats } from "./last_chats";
import { OpenTickets } from "./open_tickets";

export interface CustomerDetailsProps {
  id: string;
  companyId?: string;
  /** The chat that the window shows itself. */
  exceptChat?: string;
}

/** What an engineer needs beside a chat (spec 7.8). The parts load and fail by themselves. */
export function CustomerDetails({ id, companyId = "", exceptChat }: CustomerDetailsProps) {
  return (
    <div class="customer">
      <Contact id={id} />
      <OpenTickets id={id} />
      <LastChats id={id} companyId={companyId} except={exceptChat} />
    </div>
  );
}
