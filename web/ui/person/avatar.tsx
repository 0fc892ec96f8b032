import { createContext, type ComponentChildren } from "preact";
import { useContext } from "preact/hooks";

import { classes } from "../classes";
import { uiTexts } from "../texts";
import { colourOf, initials } from "./initials";
import "./avatar.css";

export type PresenceState = "online" | "away" | "busy" | "offline";

/**
 * A hook that returns a person's presence and watches it while the avatar is mounted. Each app provides its own, so that no avatar lacks
 * its dot (spec 1.13). Without one (the sign-in page), presence is unknown.
 */
export type UsePresence = (id: string) => PresenceState | undefined;
export const PresenceContext = createContext<UsePresence>(() => undefined);

export interface AvatarProps {
  id: string;
  name: string;
  size?: "xs" | "s" | "m" | "l";
  /** Overrides the presence from the app. */
  presence?: PresenceState;
  /** Customers are round, engineers are rounded squares, so the side is not shown by colour alone. */
  side?: "engineer" | "customer";
  /** Names the person and the presence for assistive technology. Omit it where both are beside the avatar. */
  named?: boolean;
  title?: string;
}

export function Avatar({ id, name, size = "m", side = "customer", named, title, ...given }: AvatarProps) {
  const watched = useContext(PresenceContext)(given.presence ? "" : id);
  const presence = given.presence ?? watched;
  return (
    <span class={classes("avatar", `avatar--${size}`, `avatar--${side}`, `avatar--colour-${colourOf(id)}`)} title={title}>
      <span class="avatar__letters" aria-hidden="true">
        {initials(name)}
      </span>
      {named && <span class="unseen">{name}</span>}
      {presence && <PresenceDot presence={presence} named={named} />}
    </span>
  );
}

/** Colour and shape: disc, crescent, bar, ring. The text is for people who see neither. */
export function PresenceDot({ presence, named = true }: { presence: PresenceState; named?: boolean }) {
  return (
    <span class={classes("dot", `dot--${presence}`)}>
      {named && <span class="unseen">{uiTexts.presence[presence]}</span>}
    </span>
  );
}

/** A person's picture and name, with an optional line below. */
export function PersonLine({ children, below, ...avatar }: AvatarProps & { children?: ComponentChildren; below?: ComponentChildren }) {
  return (
    <span class="person-line">
      <Avatar {...avatar} />
      <span class="person-line__text">
        <span class="person-line__name">{children ?? <bdi>{avatar.name}</bdi>}</span>
        {below && <span class="person-line__below">{below}</span>}
      </span>
    </span>
  );
}
