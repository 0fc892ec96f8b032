const SIGNS = ["pointerdown", "pointermove", "keydown", "touchstart", "wheel", "focus"] as const;
const MIN_INTERVAL = 10_000;
export const INSTALLED = "(display-mode: standalone), (display-mode: window-controls-overlay), (display-mode: minimal-ui)";
/** The minimum that browsers allow: milliseconds without input before the machine counts as idle. */
const IDLE_AFTER = 60_000;

/** The part of the browser's IdleDetector in use. TypeScript's DOM types do not declare it. */
interface IdleDetector extends EventTarget {
  readonly userState: "active" | "idle" | null;
  readonly screenState: "locked" | "unlocked" | null;
  start(options: { threshold: number; signal: AbortSignal }): Promise<void>;
}
type MakeIdleDetector = (new () => IdleDetector) & { requestPermission(): Promise<PermissionState> };

/** The IdleDetector of an installed app; null where the browser has none (spec 1.5). */
export function idleDetector(): MakeIdleDetector | null {
  const Detector = (globalThis as { IdleDetector?: MakeIdleDetector }).IdleDetector;
  return Detector && matchMedia(INSTALLED).matches ? Detector : null;
}

/** The page's permission to use it. The status changes when the person grants or revokes it. */
export function idlePermission(): Promise<PermissionStatus> {
  return navigator.permissions.query({ name: "idle-detection" as PermissionName });
}

/**
 * Reports activity: the first event at once, then at most one each 10 s (spec 1.5). Returns a function that stops it.
 * `seen` is called for every event, reported or not.
 */
export function reportActivity(report: () => boolean, seen: () => void = () => undefined): () => void {
  let reportedAt = -MIN_INTERVAL;
  const sign = (event?: Event): void => {
    // The page itself can focus an element; only a person focuses the window.
    if (event?.type === "focus" && event.target instanceof Node) return;
    seen();
    const now = Date.now();
    if (now - reportedAt >= MIN_INTERVAL && report()) reportedAt = now;
  };
  for (const name of SIGNS) addEventListener(name, sign, { passive: true, capture: true });
  const forgetSystem = watchSystem(sign);
  return () => {
    for (const name of SIGNS) removeEventListener(name, sign, { capture: true });
    forgetSystem();
  };
}

/**
 * In an installed app with permission, work in any other window counts too: one event when the system becomes active and one each 10 s
 * while it is active; none while it is idle or its screen is locked. A change of the permission takes effect at once.
 */
function watchSystem(sign: () => void): () => void {
  const Detector = idleDetector();
  if (!Detector) return () => undefined;
  const stopped = new AbortController();
  let forget = (): void => undefined;

  const follow = (permission: PermissionStatus): void => {
    forget();
    if (permission.state === "granted" && !stopped.signal.aborted) forget = signsOf(new Detector(), sign);
  };
  idlePermission().then(
    (permission) => {
      permission.addEventListener("change", () => follow(permission), { signal: stopped.signal });
      follow(permission);
    },
    // The browser has IdleDetector but not the permission. Only the page's own events count.
    () => undefined,
  );
  return () => {
    stopped.abort();
    forget();
  };
}

function signsOf(detector: IdleDetector, sign: () => void): () => void {
  const stopped = new AbortController();
  let pulse: ReturnType<typeof setInterval> | undefined;
  const changed = (): void => {
    clearInterval(pulse);
    if (detector.userState !== "active" || detector.screenState === "locked") return;
    sign();
    pulse = setInterval(sign, MIN_INTERVAL);
  };
  detector.addEventListener("change", changed, { signal: stopped.signal });
  // A machine policy can still forbid it. Stopping before it has started also rejects.
  detector.start({ threshold: IDLE_AFTER, signal: stopped.signal }).catch(() => undefined);
  return () => {
    stopped.abort();
    clearInterval(pulse);
  };
}
