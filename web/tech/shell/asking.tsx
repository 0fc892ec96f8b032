import { LazyDialog, lazy } from "../../ui";
import { type Asking as Asked, useDesk } from "../desk";

interface AskedProps {
  sessionId: string;
  onClose: () => void;
}

const PARTS = {
  end: lazy<AskedProps>(() => import("../chats/end_dialog").then((part) => part.EndDialog)),
  close: lazy<AskedProps>(() => import("../chats/close_dialog").then((part) => part.CloseDialog)),
  note: lazy<AskedProps>(() => import("../chats/note_dialog").then((part) => part.NoteDialog)),
  invite: lazy<AskedProps>(() => import("../chats/invite_dialog").then((part) => part.InviteDialog)),
  why: lazy<AskedProps>(() => import("../alerts/why_dialog").then((part) => part.WhyDialog)),
  palette: lazy<AskedProps>(() => import("../palette/palette").then((part) => part.Palette)),
  help: lazy<AskedProps>(() => import("./help").then((part) => part.Help)),
} satisfies Record<Asked["kind"], unknown>;

/** The open dialog. Its code loads on first use. */
export function Asking() {
  const { asking } = useDesk();
  const asked = asking.value;
  if (!asked) return null;
  const sessionId = "sessionId" in asked ? asked.sessionId : "";
  return <LazyDialog key={`${asked.kind}:${sessionId}`} of={PARTS[asked.kind]} props={{ sessionId, onClose: () => (asking.value = null) }} />;
}
