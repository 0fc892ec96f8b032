// Runs in every page of the browser tests: tells which controls the page shows, and which of them a person activates.
(() => {
  const CONTROLS = "button, a[href], select, summary, input[type=checkbox], input[type=radio], input[type=file], [role=button], [role=option], [role^=menuitem]";
  const FIELDS = "textarea, input:not([type=checkbox], [type=radio], [type=file])";
  const PLACES =
    "[role=log], [role=tabpanel], [role=menu], [role=listbox], dialog, [role=search], section[aria-label], section[aria-labelledby], aside[aria-label], nav[aria-label], .toasts, main, header, .dock";
  const TAGS = { A: "link", SELECT: "combobox", SUMMARY: "button", BUTTON: "button", MAIN: "main", HEADER: "header", NAV: "navigation", SECTION: "region", ASIDE: "complementary", DIALOG: "dialog" };
  // A test may install a clock of its own later.
  const [later, now] = [setTimeout.bind(window), Date.now.bind(Date)];
  const told = new Set();
  let waiting = false;
  // What could be used when a control of this page was last activated.
  let before;

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
  const placeOf = (element) => {
    let place = element.parentElement?.closest(PLACES);
    // The head of a window or a dialog belongs to it.
    while (place?.tagName === "HEADER" && place.parentElement.closest(PLACES)) place = place.parentElement.closest(PLACES);
    if (!place) return "page";
    const name = place.tagName === "MAIN" ? location.pathname : nameOf(place);
    return place.classList.contains("toasts") ? "toasts" : place.classList.contains("dock") ? "dock" : name ? `${roleOf(place)} ${name}` : roleOf(place);
  };
  const factsOf = (element) => {
    const app = location.pathname.split("/")[1];
    const name = nameOf(element) || wordsOf(element) || element.title;
    return [app, placeOf(element), roleOf(element), name];
  };
  const tell = (what, facts, at = now()) => window.tellControls?.(what, facts, at);
  const shows = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const shown = (selector) => [...document.querySelectorAll(selector)].filter(shows);

  const look = () => {
    waiting = false;
    const fresh = [];
    for (const element of shown(CONTROLS)) {
      const facts = factsOf(element);
      const key = facts.join("\n");
      if (told.has(key)) continue;
      told.add(key);
      fresh.push(facts);
    }
    if (fresh.length) tell("shown", fresh);
  };
  const lookSoon = () => {
    if (waiting) return;
    waiting = true;
    later(look, 150);
  };
  // Who uses what was not there at the last activation has seen its outcome. It is told as just before what is done now.
  const used = (element) => before && shows(element) && !before.has(element) && tell("looked", [], now() - 0.5);
  const activated = (element) => {
    if (!element || element.disabled || element.getAttribute("aria-disabled") === "true") return;
    used(element);
    tell("activated", [factsOf(element)]);
    before = new Set(shown(`${CONTROLS}, ${FIELDS}`));
  };

  new MutationObserver(lookSoon).observe(document, { subtree: true, childList: true });
  addEventListener("click", (event) => event.isTrusted && activated(event.target.closest?.(CONTROLS)), true);
  // Playwright chooses an option of a list by events of its own, as no pointer reaches the platform's list.
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
