import { newId } from "./ids.ts";

/** W3C trace context of one command. All its tries share one trace, whose id is the command id without dashes. */
export function traceparent(commandId = newId()): string {
  const bare = commandId.replaceAll("-", "").toLowerCase();
  const trace = /^[0-9a-f]{32}$/.test(bare) ? bare : random(16);
  return `00-${trace}-${random(8)}-01`;
}

function random(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
