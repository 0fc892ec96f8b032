import { Lock } from "lucide-preact";

import { uiTexts } from "../texts";
import "./internal_mark.css";

/** Marks internal notes by text and sign, not by colour alone. */
export function InternalMark({ short }: { short?: boolean }) {
  return (
    <span class="internal-mark">
      <Lock size={12} aria-hidden="true" />
      {short ? uiTexts.chat.internalHint : uiTexts.chat.internal}
    </span>
  );
}
