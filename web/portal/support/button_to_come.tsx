import { texts } from "../texts";

/** Keeps the place of a control that may turn out not to be there (spec 2.8); seen only if that takes a while. */
export function ButtonToCome() {
  return <span role="status" aria-label={texts.loading} class="button-to-come" />;
}
