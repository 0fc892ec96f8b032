// Parts that load on demand. A part that fails to load reloads the page if a new version has replaced it, else it shows an error.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Button } from "../button/button";
import { Dialog } from "../dialog/dialog";
import { ErrorState, Skeleton } from "../feedback/states";
import { uiTexts } from "../texts";
import { reloadForNewBuild } from "./new_build";

export interface Lazy<Props> {
  load: () => Promise<ComponentType<Props>>;
  part: ComponentType<Props> | null;
}

/** `load` is an import(). It is called once, and again after a failure. */
export function lazy<Props>(load: () => Promise<ComponentType<Props>>): Lazy<Props> {
  return { load, part: null };
}

/**
 * The part once it is loaded, null before; "failed" if it failed to load. Of null, nothing is loaded. `reload: false` is for a part that nobody
 * asked for and that the page can be used without.
 */
export function usePart<Props>(of: Lazy<Props> | null, { reload = true } = {}): ComponentType<Props> | "failed" | null {
  const [failed, setFailed] = useState<Lazy<Props> | null>(null);
  const [, draw] = useState(0);
  useEffect(() => {
    if (!of || of.part) return undefined;
    let gone = false;
    setFailed(null);
    of.load().then(
      (part) => {
        of.part = part;
        if (!gone) draw((count) => count + 1);
      },
      async () => {
        if (!gone && !(reload && (await reloadForNewBuild())) && !gone) setFailed(of);
      },
    );
    return () => {
      gone = true;
    };
  }, [of]);
  return of && failed === of ? "failed" : (of?.part ?? null);
}

interface LazyPageProps<Props> {
  of: Lazy<Props>;
  props: NoInfer<Props>;
  loading?: string;
}

/** A page; until it is loaded a skeleton, or nothing without `loading`. */
export function LazyPage<Props extends object>({ of, props, loading }: LazyPageProps<Props>) {
  const Part = usePart(of);
  if (!Part) return loading ? <Skeleton label={loading} rows={4} /> : null;
  if (Part !== "failed") return <Part {...props} />;
  return (
    <ErrorState title={uiTexts.partFailed}>
      {uiTexts.partFailedText} <Reload />
    </ErrorState>
  );
}

interface LazyDialogProps<Props> {
  of: Lazy<Props>;
  props: NoInfer<Props>;
}

/** A dialog; an error dialog if it fails to load. */
export function LazyDialog<Props extends { onClose: () => void }>({ of, props }: LazyDialogProps<Props>) {
  const Part = usePart(of);
  if (!Part) return null;
  if (Part !== "failed") return <Part {...props} />;
  return <Dialog title={uiTexts.partFailed} text={uiTexts.partFailedText} size="s" onClose={props.onClose} footer={<Reload />} />;
}

function Reload() {
  return (
    <Button variant="primary" onClick={() => location.reload()}>
      {uiTexts.reload}
    </Button>
  );
}
