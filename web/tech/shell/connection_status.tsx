import { PermissionSign, classes, second } from "../../ui";
import type { Connection } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { texts } from "../texts";
import "./connection_status.css";

/** The connection state under the avatar, always visible (spec 7.4). The countdown is outside the status, or it would be read each second. */
export function ConnectionStatus() {
  const { store } = useApp();
  const connection = store.connection.value;
  const text = texts.connection[connection.state];
  return (
    <span class={classes("connection", `connection--${connection.state}`)}>
      <span class="connection__sign" aria-hidden="true" />
      <span role="status" aria-label={text}>
        {text}
      </span>
      {connection.state === "connected" && <PermissionSign permission={store.notify.permission.value} class="connection__permission" />}
      {connection.state !== "connected" && (
        <>
          <Countdown connection={connection} />
          <button type="button" class="connection__now" onClick={() => store.tryNow()}>
            {texts.connection.tryNow}
          </button>
        </>
      )}
    </span>
  );
}

/** Seconds until the next try; 0 while it is under way. */
export function secondsLeft(connection: Connection): number {
  // Read, so that the component renders each second.
  void second.value;
  if (connection.state !== "reconnecting" || connection.retryAt === null) return 0;
  return Math.max(0, Math.ceil((connection.retryAt - Date.now()) / 1000));
}

function Countdown({ connection }: { connection: Connection }) {
  const seconds = secondsLeft(connection);
  return seconds > 0 ? <span aria-hidden="true">{texts.connection.inSeconds(seconds)}</span> : null;
}
