import { LazyDialog, lazy } from "../../ui";
import { type OpenDialog, useApp } from "../app_state";

interface DialogProps {
  sessionId: string;
  onClose: () => void;
}

const PARTS = {
  end: lazy<DialogProps>(() => import("../chats/end_dialog").then((part) => part.EndDialog)),
  close: lazy<DialogProps>(() => import("../chats/close_dialog").then((part) => part.CloseDialog)),
  noAnswer: lazy<DialogProps>(() => import("../chats/no_answer_dialog").then((part) => part.NoAnswerDialog)),
  note: lazy<DialogProps>(() => import("../chats/note_dialog").then((part) => part.NoteDialog)),
  invite: lazy<DialogProps>(() => import("../chats/invite_dialog").then((part) => part.InviteDialog)),
  transfer: lazy<DialogProps>(() => import("../chats/transfer_dialog").then((part) => part.TransferDialog)),
  ticket: lazy<DialogProps>(() => import("../tickets/new_ticket_dialog").then((part) => part.NewTicketDialog)),
  why: lazy<DialogProps>(() => import("../alerts/why_dialog").then((part) => part.WhyDialog)),
  palette: lazy<DialogProps>(() => import("../palette/palette").then((part) => part.Palette)),
  help: lazy<DialogProps>(() => import("./help").then((part) => part.Help)),
} satisfies Record<OpenDialog["kind"], unknown>;

/** The open dialog. Its code loads on first use. */
export function Dialogs() {
  const { dialog } = useApp();
  const open = dialog.value;
  if (!open) return null;
  const sessionId = ("sessionId" in open && open.sessionId) || "";
  return <LazyDialog key={`${open.kind}:${sessionId}`} of={PARTS[open.kind]} props={{ sessionId, onClose: () => (dialog.value = null) }} />;
}
