import { MonitorOff } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { type MenuEntry, toast } from "../../ui";
import { idleDetector, idlePermission } from "../../wire/index.ts";
import { texts } from "../texts";

const t = texts.idle;

/** The way to let the operating system say that nobody is there (spec 1.5): only a click may ask, and only the browser takes it back. */
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
      () => undefined, // a browser that has the one and not the other offers nothing
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
