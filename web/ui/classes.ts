/** Joins the truthy class names: `classes("button", busy && "is-busy")`. */
export function classes(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
