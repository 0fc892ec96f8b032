import { useLayoutEffect, useRef } from "preact/hooks";

import { NotificationLine } from "../../ui";
import { useApp } from "../app_state";
import { texts } from "../texts";

/** The line under the top bar, only while there is something to report. */
export function StateLine() {
  const { notify } = useApp().store;
  const area = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // On a phone the toasts are below it, however many rows its text takes.
    const measure = () => {
      if (area.current) document.documentElement.style.setProperty("--state-end", `${area.current.getBoundingClientRect().bottom}px`);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(area.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={area} class="desk__state">
      <NotificationLine notify={notify} offer={texts.offerNotifications} />
    </div>
  );
}
