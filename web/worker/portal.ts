import type { WorkerScope } from "./scope.ts";
import { ParleyWorker } from "./worker.ts";

new ParleyWorker("portal", globalThis as unknown as WorkerScope).start();
