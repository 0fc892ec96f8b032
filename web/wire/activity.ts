const SIGNS = ["pointerdown", "pointermove", "keydown", "touchstart", "wheel", "focus"] as const;
const AT_MOST_EACH = 10_000;
const INSTALLED = "(display-mode: standalone), (display-mode: window-controls-overlay), (display-mode: minimal-ui)";
/** The least that browsers allow: so long nobody touched the machine before they call it idle. */
const IDLE_AFTER = 60_000;

/** What of the browser's IdleDetector is used; TypeScript's DOM does not know it. */
interface IdleDetector extends EventTarget {
  readonly userState: "active" | "idle" | null;
  readonly screenState: "locked" | "unlocked" | null;
  start(options: { threshold: number; signal: AbortSignal }): Promise<void>;
}
type MakeIdleDetector = (new () => IdleDetector) & { requestPermission(): Promise<PermissionState> };

/** Where the platform tells how long nobody touched the machine: in an installed app of a browser that knows (spec 1.5). */
export function idleDetector(): MakeIdleDetector | null {
  const Detector = (globalThis as { IdleDetector?: MakeIdleDetector }).IdleDetector;
  return Detector && matchMedia(INSTALLED).matches ? Detector : null;
}

/** Whether this page may know it; changes as the person allows or forbids it. */
export function idlePermission(): Promise<PermissionStatus> {
  return navigator.permissions.query({ name: "idle-detection" as PermissionName });
}

/**
 * Reports that the person is there, the first sign at once and then at most each 10 s (spec 1.5); returns how to stop.
 * `seen` hears of every sign, reported or not.
 */
export function reportActivity(report: () => boolean, seen: () => void = () => undefined): () => void {
  let reportedAt = -AT_MOST_EACH;
  const sign = (event?: Event): void => {
    // That an element gets the focus may be the page's own doing; that the window does is a person's.
    if (event?.type === "focus" && event.target instanceof Node) return;
    seen();
    const now = Date.now();
    if (now - reportedAt >= AT_MOST_EACH && report()) reportedAt = now;
  };
  for (const name of SIGNS) addEventListener(name, sign, { passive: true, capture: true });
  const forgetSystem = watchSystem(sign);
  return () => {
    for (const name of SIGNS) removeEventListener(name, sign, { capture: true });
    forgetSystem();
  };
}

/**
 * In an installed app whose person allowed it, work in any other window counts as well: a sign when the system becomes active and each 10 s
 * while it is; none while it is idle or its screen is locked. Whoever allows or forbids it later is heeded at once.
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
    // A browser that has the one and not the other: the page's own events are what there is.
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
    pulse = setInterval(sign, AT_MOST_EACH);
  };
  detector.addEventListener("change", changed, { signal: stopped.signal });
  // A policy of the machine may forbid it all the same, and stopping before it has started is refused too.
  detector.start({ threshold: IDLE_AFTER, signal: stopped.signal }).catch(() => undefined);
  return () => {
    stopped.abort();
    clearInterval(pulse);
  };
}
