export { idleDetector, idlePermission } from "./activity.ts";
export * from "./model.ts";
export type * from "./proto.ts";
export { Refused } from "./refused.ts";
export type { Line, SessionState } from "./session_state.ts";
export { messageKey, type SystemFact } from "./session_lines.ts";
export { stateHash } from "./digest.ts";
export { createStore } from "./store.ts";
export { unsentOf } from "./unsent.ts";
