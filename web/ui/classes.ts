/** The class names that hold, joined: `classes("button", busy && "is-busy")`. */
export function classes(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
