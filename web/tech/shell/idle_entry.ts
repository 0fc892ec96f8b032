import { MonitorOff } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { type MenuEntry, toast } from "../../ui";
import { idleDetector, idlePermission } from "../../wire/index.ts";
import { texts } from "../texts";

const t = texts.idle;

/** The menu entry for idle detection (spec 1.5). Only a click may request the permission, and only the browser revokes it. */
export function useIdleEntry(): MenuEntry[] {
  const [state, setState] = useState<PermissionState | null>(null);
  useEffect(() => {
    if (!idleDetector()) return undefined;
    const gone = new AbortController();
    idlePermission().then(
      (permission) => {
        setState(permission.state);
        permission.addEventListener("change", () => setState(permission.state), { signal: gone.signal });
      },
      () => undefined, // without the permission there is no entry
    );
    return () => gone.abort();
  }, []);
  if (state === null) return [];
  const onSelect = () => {
    if (state === "prompt") void idleDetector()?.requestPermission().then((answer) => answer === "denied" && toast(t.denied));
    else toast(state === "granted" ? t.granted : t.denied);
  };
  return [{ kind: "check", label: t.label, icon: MonitorOff, checked: state === "granted", onSelect }, { kind: "separator" }];
}
