// The calls about a desk's webhooks (admins, spec 5.13).
import { command } from "./ids.ts";
import type { NewWebhook, Webhook, WebhookEventPage, WebhookEventType } from "./proto.ts";
import { query, type Rest } from "./rest.ts";

export type Webhooks = {
  list(): Promise<readonly Webhook[]>;
  /** The answer has the secret, which no other call returns. */
  create(webhook: { url: string; events: WebhookEventType[] }, commandId?: string): Promise<NewWebhook>;
  /** Enabling also ends a pause. */
  update(id: string, webhook: { url: string; events: WebhookEventType[]; enabled: boolean }): Promise<void>;
  remove(id: string): Promise<void>;
  /** Queues a test event. */
  test(id: string): Promise<void>;
  /** Newest first. `page` is the nextPageToken of the previous page. */
  events(id: string, page?: string): Promise<WebhookEventPage>;
  /** Queues dead events again, all without `eventIds`, and returns how many. */
  replay(id: string, eventIds?: string[]): Promise<number>;
};

export function createWebhooks(rest: Rest): Webhooks {
  const path = (id: string, part = ""): string => `/webhooks/${encodeURIComponent(id)}${part}`;
  return {
    list: async () => (await rest.get<{ webhooks?: Webhook[] }>("/webhooks")).webhooks ?? [],
    create: (webhook, commandId) => rest.write<NewWebhook>("POST", "/webhooks", command({ commandId, ...webhook })),
    update: (id, webhook) => rest.write<void>("PUT", path(id), webhook),
    remove: (id) => rest.write<void>("DELETE", path(id)),
    test: (id) => rest.write<void>("POST", path(id, "/test"), command({})),
    events: (id, page) => rest.get<WebhookEventPage>(path(id, `/events${query({ page })}`)),
    replay: async (id, eventIds = []) => (await rest.write<{ queued?: number }>("POST", path(id, "/replay"), { eventIds })).queued ?? 0,
  };
}
