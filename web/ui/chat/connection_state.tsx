import { classes } from "../classes";
import type { ReportedPermission } from "../../wire/proto.ts";
import { PermissionSign } from "../notifications/permission_sign";
import { words } from "../texts";
import "./connection_state.css";

/** The connection to the server. `seconds` is the time to the next try. */
export type ConnectionState =
  | { kind: "connected"; permission?: ReportedPermission }
  | { kind: "reconnecting"; seconds: number; onTryNow?: () => void }
  | { kind: "offline"; onTryNow?: () => void };

/** The connection state below the composer. Not a live region: the app announces each change once, not each window. */
export function ConnectionBar({ connection, keys }: { connection: ConnectionState; keys: boolean }) {
  const text = {
    connected: words.chat.connected,
    reconnecting: connection.kind === "reconnecting" ? words.chat.reconnecting(connection.seconds) : "",
    offline: words.chat.offline,
  }[connection.kind];
  return (
    <div class={classes("chat__connection", `chat__connection--${connection.kind}`)}>
      <span class="chat__connection-sign" aria-hidden="true" />
      <span class="chat__connection-words">{text}</span>
      {connection.kind === "connected" && connection.permission && <PermissionSign permission={connection.permission} />}
      {connection.kind === "connected" && keys && <span class="chat__keys">{words.chat.keys}</span>}
      {connection.kind !== "connected" && connection.onTryNow && (
        <button type="button" class="chat__link" onClick={connection.onTryNow}>
          {words.chat.tryNow}
        </button>
      )}
    </div>
  );
}
