import { classes } from "../classes";
import type { ReportedPermission } from "../../wire/proto.ts";
import { PermissionSign } from "../notifications/permission_sign";
import { uiTexts } from "../texts";
import "./connection_state.css";

/** The connection to the server. `seconds` is the time to the next try. */
export type ConnectionState =
  | { kind: "connected"; permission?: ReportedPermission }
  | { kind: "reconnecting"; seconds: number; onTryNow?: () => void }
  | { kind: "offline"; onTryNow?: () => void };

/** The connection state below the composer. Not a live region: the app announces each change once, not each window. */
export function ConnectionBar({ connection, writable }: { connection: ConnectionState; writable: boolean }) {
  const text = {
    connected: uiTexts.chat.connected,
    reconnecting: connection.kind === "reconnecting" ? uiTexts.chat.reconnecting(connection.seconds) : "",
    offline: writable ? uiTexts.chat.offline : uiTexts.presence.offline,
  }[connection.kind];
  return (
    <div class={classes("chat__connection", `chat__connection--${connection.kind}`)}>
      <span class="chat__connection-sign" aria-hidden="true" />
      <span class="chat__connection-text">{text}</span>
      {connection.kind === "connected" && connection.permission && <PermissionSign permission={connection.permission} />}
      {connection.kind === "connected" && writable && <span class="chat__keys">{uiTexts.chat.keys}</span>}
      {connection.kind !== "connected" && connection.onTryNow && (
        <button type="button" class="chat__link" onClick={connection.onTryNow}>
          {uiTexts.chat.tryNow}
        </button>
      )}
    </div>
  );
}
