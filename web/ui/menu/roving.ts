import { alongText } from "../direction";

const STEPS: Record<string, (here: number, count: number) => number> = {
  ArrowDown: (here, count) => (here + 1) % count,
  ArrowUp: (here, count) => (here <= 0 ? count - 1 : here - 1),
  Home: () => 0,
  End: (_, count) => count - 1,
};

const SIDEWAYS: Record<string, string> = { ArrowRight: "ArrowDown", ArrowLeft: "ArrowUp" };

/** The index that a key moves to among `count` items, wrapping around; undefined for any other key. */
export function nextIndex(key: string, here: number, count: number, sideways = false): number | undefined {
  const step = STEPS[sideways ? (SIDEWAYS[alongText(key)] ?? key) : key];
  return count > 0 && step ? step(here, count) : undefined;
}

/** The next item after `here` whose text begins with the typed letter. */
export function typedIndex(key: string, here: number, labels: string[]): number | undefined {
  if (key.length !== 1 || key === " ") return undefined;
  const order = labels.map((_, step) => (here + 1 + step) % labels.length);
  return order.find((index) => labels[index]!.toLowerCase().startsWith(key.toLowerCase()));
}
