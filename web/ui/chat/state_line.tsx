import { classes } from "../classes";
import { words } from "../texts";
import "./state_line.css";

/** How the line to the server is. `seconds` count down to the next try. */
export type Line = { kind: "connected" } | { kind: "reconnecting"; seconds: number; onTryNow?: () => void } | { kind: "offline"; onTryNow?: () => void };

/** The line below the composer. It is no live region: the app says each change once, not once for each window. */
export function StateLine({ line, keys }: { line: Line; keys: boolean }) {
  const text = {
    connected: words.chat.connected,
    reconnecting: line.kind === "reconnecting" ? words.chat.reconnecting(line.seconds) : "",
    offline: words.chat.offline,
  }[line.kind];
  return (
    <div class={classes("chat__line", `chat__line--${line.kind}`)}>
      <span class="chat__line-sign" aria-hidden="true" />
      <span class="chat__line-words">{text}</span>
      {line.kind === "connected" && keys && <span class="chat__keys">{words.chat.keys}</span>}
      {line.kind !== "connected" && line.onTryNow && (
        <button type="button" class="chat__link" onClick={line.onTryNow}>
          {words.chat.tryNow}
        </button>
      )}
    </div>
  );
}
