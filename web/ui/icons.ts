import type { LucideIcon } from "lucide-preact";

/** A line icon; always beside words or inside something that has a name. */
export type Icon = LucideIcon;
