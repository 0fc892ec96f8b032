import { CloudOff } from "lucide-preact";

import { Banner } from "../../ui";
import { useApp } from "../app_state";
import { texts } from "../texts";

/** The services that are unavailable right now. */
export function Missing() {
  const missing = useApp().store.missing.value;
  if (missing.length === 0) return null;
  return (
    <div class="desk__missing" role="status">
      <Banner tone="warn" icon={CloudOff}>
        {texts.missing(missing.map((name) => texts.services[name] ?? name).join(", "))}
      </Banner>
    </div>
  );
}
