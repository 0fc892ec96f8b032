// A receiver of Parley's webhooks. It needs Node 22.18 (or another runtime of TypeScript) and nothing else.
//
// WEBHOOK_SECRET=... node receiver.ts 8000
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";

type Session = { id: string; name: string; status: string };

const SECRET = process.env.WEBHOOK_SECRET ?? "";
// Older requests are refused, so that nobody can send a recorded one again.
const MAX_SECONDS_OLD = 300;
const MAX_BYTES = 1_000_000;
const seen = new Set<string>(); // in a real receiver: a table with a unique index

function isGenuine(timestamp: string, signature: string, body: Buffer): boolean {
  if (!/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > MAX_SECONDS_OLD) return false;
  const expected = Buffer.from(`v1=${createHmac("sha256", SECRET).update(`${timestamp}.`).update(body).digest("hex")}`);
  const found = Buffer.from(signature);
  return found.length === expected.length && timingSafeEqual(found, expected);
}

function handle(eventType: string, session: Session): void {
  console.log(eventType, session.id, session.status, session.name);
}

const header = (request: IncomingMessage, name: string): string => String(request.headers[name] ?? "");

const server = createServer(async (request, response) => {
  const answer = (status: number) => response.writeHead(status).end();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BYTES) return answer(413);
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  if (!isGenuine(header(request, "parley-timestamp"), header(request, "parley-signature"), body)) return answer(401);
  const eventId = header(request, "parley-event-id");
  if (!seen.has(eventId)) {
    // Parley may send an event more than once, with the same id.
    for (const session of JSON.parse(body.toString("utf8")) as Session[]) handle(header(request, "parley-event-type"), session);
    seen.add(eventId);
  }
  answer(204);
});

server.listen(Number(process.argv[2]), "127.0.0.1");
