import type { LucideIcon } from "lucide-preact";

/** An icon, always beside text or inside a named element. */
export type Icon = LucideIcon;
