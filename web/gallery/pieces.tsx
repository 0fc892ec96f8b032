import { Inbox, LogOut, Phone, Plus, Send, Settings } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import {
  AlertDialog,
  Avatar,
  Badge,
  Banner,
  Button,
  Card,
  Chip,
  Dialog,
  EmptyState,
  ErrorState,
  Field,
  IconButton,
  LiveRegions,
  Menu,
  PersonLine,
  type PresenceState,
  PresenceDot,
  RelativeTime,
  Select,
  Skeleton,
  Tabs,
  TextArea,
  Timeline,
  TimelineItem,
  WaitCounter,
  themeEntries,
  toast,
} from "../ui";

const PRESENCES: PresenceState[] = ["online", "away", "busy", "offline"];
const NAMES = ["Ava Chen", "Sam Okafor", "Bo Lindqvist", "Mia Torres", "Leo Park", "Zoe Adams", "Max Weber"];
const START = Date.now();

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section>
      <h2 class="gallery__title">{title}</h2>
      {children}
    </section>
  );
}

export function Pieces() {
  const [open, setOpen] = useState<"dialog" | "alert" | null>(null);
  const [tab, setTab] = useState("all");
  const [text, setText] = useState("");
  const close = () => setOpen(null);
  return (
    <>
      <Part title="Buttons">
        <div class="gallery__row">
          <Button variant="primary">Join</Button>
          <Button>Dismiss</Button>
          <Button variant="ghost">Cancel</Button>
          <Button variant="danger">End</Button>
          <Button variant="primary" icon={Send} busy>
            Sending
          </Button>
          <Button disabled hint="Reopen the ticket first">
            Disabled
          </Button>
          <Button size="s" variant="primary">
            Small
          </Button>
          <Button size="s">Small</Button>
          <Button size="l" variant="primary" icon={Plus}>
            Large
          </Button>
          <IconButton icon={Settings} label="Settings" />
          <IconButton icon={Phone} label="Call" variant="secondary" />
          <Menu
            label="Demo menu"
            class="button button--secondary"
            entries={[
              { kind: "item", label: "Sign out", icon: LogOut, onSelect: () => toast("Signed out") },
              { kind: "item", label: "Not now", onSelect: () => undefined, disabled: true },
              { kind: "separator" },
              ...themeEntries(),
            ]}
          >
            Menu
          </Menu>
          <Button onClick={() => setOpen("dialog")}>Dialog</Button>
          <Button onClick={() => setOpen("alert")}>Alert dialog</Button>
          <Button onClick={() => toast("Sam Okafor joined first", { tone: "danger", action: { label: "Join anyway", onSelect: () => undefined } })}>
            Toast
          </Button>
        </div>
      </Part>
      <Part title="People">
        <div class="gallery__row">
          {NAMES.map((name, index) => (
            <Avatar key={name} id={name} name={name} side={index < 3 ? "engineer" : "customer"} presence={PRESENCES[index % 4]} named />
          ))}
          <Avatar id="l" name="Mia Torres" size="l" presence="online" />
          <PersonLine id="x" name="Mia Torres" below="Acme Ltd" presence="away" />
          {PRESENCES.map((presence) => (
            <span key={presence}>
              <PresenceDot presence={presence} named={false} /> {presence}
            </span>
          ))}
        </div>
      </Part>
      <Part title="Facts">
        <div class="gallery__row">
          <Chip>New</Chip>
          <Chip tone="accent">In progress</Chip>
          <Chip tone="ok">Online</Chip>
          <Chip tone="warn">Internal</Chip>
          <Chip tone="danger">Urgent</Chip>
          <Badge count={2} />
          <Badge count={120} tone="neutral" />
          <RelativeTime at={START - 300_000} />
          <WaitCounter since={START - 14_000} />
        </div>
      </Part>
      <Part title="Fields">
        <div class="gallery__columns">
          <Field label="Phone number" value={text} onInput={setText} type="tel" hint="With the country code" />
          <Field label="Summary" value="" onInput={() => undefined} error="Write a summary" />
          <Select label="Board" value="a" onInput={() => undefined} options={[{ value: "a", label: "Service desk" }]} />
          <TextArea label="Note (optional)" value={text} onInput={setText} />
        </div>
      </Part>
      <Part title="States">
        <Banner tone="warn">You are offline. What you see may be older.</Banner>
        <div class="gallery__columns">
          <Card>
            <Skeleton label="Loading" shape="people" />
          </Card>
          <Card>
            <EmptyState icon={Inbox} title="Nobody is waiting" compact>
              New chats appear here and as alerts.
            </EmptyState>
          </Card>
          <Card>
            <ErrorState title="The tickets could not be loaded" onRetry={() => undefined} compact>
              The ticket service does not answer.
            </ErrorState>
          </Card>
        </div>
      </Part>
      <Part title="Tabs and timeline">
        <Tabs label="Kinds" selected={tab} onSelect={setTab} tabs={["all", "open", "closed"].map((key) => ({ key, name: key }))}>
          <Timeline label="Timeline">
            <TimelineItem sign={{ icon: Plus }} look="quiet" head={<span>Mia Torres created the ticket</span>} />
            <TimelineItem sign={<Avatar id="mia" name="Mia Torres" />} head={<strong>Mia Torres</strong>}>
              <p>It prints, then it burns.</p>
            </TimelineItem>
            <TimelineItem sign={<Avatar id="ava" name="Ava Chen" side="engineer" />} look="internal" head={<strong>Ava Chen</strong>}>
              <p>For engineers only.</p>
            </TimelineItem>
          </Timeline>
        </Tabs>
      </Part>
      {open === "dialog" && (
        <Dialog title="Close session" text="Say what was done." onClose={close} footer={<Button onClick={close}>Cancel</Button>}>
          <TextArea label="What was done?" value={text} onInput={setText} autofocus />
        </Dialog>
      )}
      {open === "alert" && (
        <AlertDialog
          title="Chat request from Ava Chen"
          text="About ticket 12, Printer on fire"
          picture={<Avatar id="ava" name="Ava Chen" side="engineer" size="l" />}
          footer={
            <>
              <Button onClick={close}>Decline</Button>
              <Button variant="primary" onClick={close} autofocus>
                Accept
              </Button>
            </>
          }
        />
      )}
      <LiveRegions />
    </>
  );
}
