// Imported first, so that the order of the cascade layers is fixed before any component's styles.
import "./tokens.css";
import "./base.css";

export { classes } from "./classes";
export type { Icon } from "./icons";
export { Brand } from "./brand/brand";
export { Button, IconButton, type ButtonProps, type IconButtonProps } from "./button/button";
export { Menu, type MenuEntry, type MenuProps } from "./menu/menu";
export { AlertDialog, Dialog, type AlertDialogProps, type DialogProps } from "./dialog/dialog";
export { Tabs, type Tab, type TabsProps } from "./tabs/tabs";
export { Field, Select, TextArea, type FieldProps, type SelectProps, type TextAreaProps } from "./field/field";
export { Choices, Switch, type ChoicesProps, type SwitchProps } from "./field/choice";
export { Avatar, PersonLine, PresenceContext, PresenceDot, type AvatarProps, type PresenceState, type UsePresence } from "./person/avatar";
export { colourOf, initials } from "./person/initials";
export { Badge, Banner, Card, Chip, type Tone } from "./surface/surface";
export { EmptyState, ErrorState, Later, Skeleton } from "./feedback/states";
export { LiveRegions, announce, toast, toastWhenSlow } from "./feedback/toast";
export { Timeline, TimelineItem } from "./timeline/timeline";
export { RelativeTime, Time, WaitCounter } from "./time/time";
export { second, serverNow, setClockOffset, toMs, type Moment } from "./time/clock";
export { ago, clockTime, dayName, duration, shortMoment, wholeMoment } from "./time/format";
export { isComposing, isEnter, usePause } from "./keys";
export { loadAnewOnReturn } from "./returning";
export { LazyDialog, LazyPage, lazy } from "./lazy/lazy";
export { words } from "./texts";
export type { ChatPerson } from "./chat/model";
export { chooseTheme, startTheme, theme, themeEntries, type Theme } from "./theme/theme";
