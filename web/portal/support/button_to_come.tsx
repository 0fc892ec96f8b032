import { texts } from "../texts";

/** Reserves the space of a control that may not appear (spec 2.8). Visible only after a while. */
export function ButtonToCome() {
  return <span role="status" aria-label={texts.loading} class="button-to-come" />;
}
