import type { WorkerScope } from "./scope.ts";
import { ParleyWorker } from "./worker.ts";

new ParleyWorker("tech", globalThis as unknown as WorkerScope).start();
