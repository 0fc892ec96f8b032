/** Whether the document is read from right to left. */
export function readsFromRight(): boolean {
  return document.dir === "rtl";
}

const OPPOSITE: Record<string, string> = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" };

/** The key, with ArrowLeft and ArrowRight exchanged if the document is read from right to left: ArrowRight is always towards the end. */
export function alongText(key: string): string {
  return (readsFromRight() && OPPOSITE[key]) || key;
}
