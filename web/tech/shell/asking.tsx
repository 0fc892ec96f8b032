import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import { type Asking as Asked, useDesk } from "../desk";

interface AskedProps {
  sessionId: string;
  onClose: () => void;
}

const PARTS: Record<Asked["kind"], () => Promise<ComponentType<AskedProps>>> = {
  end: () => import("../chats/end_dialog").then((part) => part.EndDialog),
  close: () => import("../chats/close_dialog").then((part) => part.CloseDialog),
  note: () => import("../chats/note_dialog").then((part) => part.NoteDialog),
  invite: () => import("../chats/invite_dialog").then((part) => part.InviteDialog),
  palette: () => import("../palette/palette").then((part) => part.Palette as ComponentType<AskedProps>),
  help: () => import("./help").then((part) => part.Help as ComponentType<AskedProps>),
};

/** The dialog that stands in front of the page; its code comes when it is first asked for. */
export function Asking() {
  const { asking } = useDesk();
  const asked = asking.value;
  const [parts, setParts] = useState<Partial<Record<Asked["kind"], ComponentType<AskedProps>>>>({});
  useEffect(() => {
    if (!asked || parts[asked.kind]) return;
    void PARTS[asked.kind]().then((part) => setParts((known) => ({ ...known, [asked.kind]: part })));
  }, [asked?.kind]);
  const Part = asked && parts[asked.kind];
  if (!asked || !Part) return null;
  const sessionId = "sessionId" in asked ? asked.sessionId : "";
  return <Part key={`${asked.kind}:${sessionId}`} sessionId={sessionId} onClose={() => (asking.value = null)} />;
}
