// Runs in every page of the browser tests: reports which controls the page shows, and which of them a person activates. Only in English:
// controls are compared by the English texts.
(() => {
  const CONTROLS = "button, a[href], select, summary, input[type=checkbox], input[type=radio], input[type=file], [role=button], [role=option], [role^=menuitem]";
  const FIELDS = "textarea, input:not([type=checkbox], [type=radio], [type=file])";
  const REGIONS =
    "[role=log], [role=tabpanel], [role=menu], [role=listbox], dialog, [role=search], section[aria-label], section[aria-labelledby], aside[aria-label], nav[aria-label], .toasts, main, header, .dock";
  const TAGS = { A: "link", SELECT: "combobox", SUMMARY: "button", BUTTON: "button", MAIN: "main", HEADER: "header", NAV: "navigation", SECTION: "region", ASIDE: "complementary", DIALOG: "dialog" };
  // Kept here, because a test may install a fake clock later.
  const [later, now] = [setTimeout.bind(window), Date.now.bind(Date)];
  const reported = new Set();
  // Element -> the page and words with which it was reported.
  const seen = new WeakMap();
  let waiting = false;
  // The controls and fields that were shown when a control of this page was last activated.
  let before;

  const isEnglish = () => ["", "en"].includes(document.documentElement.lang);
  const wordsOf = (element) => {
    const copy = element.cloneNode(true);
    for (const part of copy.querySelectorAll("[aria-hidden=true], kbd")) part.remove();
    return copy.textContent.replace(/\s+/g, " ").trim();
  };
  const nameOf = (element) => {
    const by = element.getAttribute("aria-labelledby");
    const labelled = by && document.getElementById(by.split(" ")[0]);
    if (element.getAttribute("aria-label")) return element.getAttribute("aria-label");
    if (labelled) return labelled.getAttribute("aria-label") ?? wordsOf(labelled);
    return element.labels?.length ? wordsOf(element.labels[0]) : "";
  };
  const roleOf = (element) => element.getAttribute("role") ?? (element.tagName === "INPUT" ? element.type : TAGS[element.tagName]) ?? "part";
  const regionOf = (element) => {
    let region = element.parentElement?.closest(REGIONS);
    // The header of a window or a dialog belongs to it.
    while (region?.tagName === "HEADER" && region.parentElement.closest(REGIONS)) region = region.parentElement.closest(REGIONS);
    if (!region) return "page";
    const name = region.tagName === "MAIN" ? location.pathname : nameOf(region);
    return region.classList.contains("toasts") ? "toasts" : region.classList.contains("dock") ? "dock" : name ? `${roleOf(region)} ${name}` : roleOf(region);
  };
  const factsOf = (element) => {
    const app = location.pathname.split("/")[1];
    const name = nameOf(element) || wordsOf(element) || element.title;
    return [app, regionOf(element), roleOf(element), name];
  };
  const report = (what, facts, at = now()) => window.reportControls?.(what, facts, at);
  const shows = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const shown = (selector) => [...document.querySelectorAll(selector)].filter(shows);

  const reportShown = () => {
    waiting = false;
    if (!isEnglish()) return;
    const fresh = [];
    for (const element of document.querySelectorAll(CONTROLS)) {
      const words = [location.pathname, element.getAttribute("aria-label"), element.textContent].join("\n");
      if (seen.get(element) === words || !shows(element)) continue;
      seen.set(element, words);
      const facts = factsOf(element);
      const key = facts.join("\n");
      if (reported.has(key)) continue;
      reported.add(key);
      fresh.push(facts);
    }
    if (fresh.length) report("shown", fresh);
  };
  const scheduleReport = () => {
    if (waiting) return;
    waiting = true;
    later(reportShown, 150);
  };
  // Using something that was not there at the last activation is a check of its effect. It is reported as just before the current action.
  const used = (element) => before && shows(element) && !before.has(element) && report("checked", [], now() - 0.5);
  const activated = (element) => {
    if (!element || element.disabled || element.getAttribute("aria-disabled") === "true" || !isEnglish()) return;
    used(element);
    report("activated", [factsOf(element)]);
    before = new Set(shown(`${CONTROLS}, ${FIELDS}`));
  };

  new MutationObserver(scheduleReport).observe(document, { subtree: true, childList: true });
  addEventListener("click", (event) => event.isTrusted && activated(event.target.closest?.(CONTROLS)), true);
  // Playwright selects an option of a list with synthetic events, because no pointer reaches the platform's list.
  addEventListener("change", (event) => event.target.tagName === "SELECT" && activated(event.target), true);
  addEventListener("input", (event) => event.target.matches?.(FIELDS) && used(event.target), true);
  addEventListener(
    "keydown",
    (event) => {
      if (!event.isTrusted) return;
      if (event.key === "Enter") activated(document.getElementById(event.target.getAttribute?.("aria-activedescendant")));
      if (event.key.startsWith("Arrow") && event.target.matches?.("button:not([role])")) activated(event.target);
    },
    true,
  );
})();
