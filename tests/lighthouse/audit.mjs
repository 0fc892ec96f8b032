// Runs Lighthouse on each page of the named JSON file, {browser, url, pages: [{path, person}], forms}, and prints a line of JSON for
// each page and form: {path, form, scores: {category: 0 to 100}, failed: [title of an audit]}. A page with a person is opened signed in.
import { readFileSync } from "node:fs";

import lighthouse, { desktopConfig } from "lighthouse";
import puppeteer from "puppeteer-core";

const CATEGORIES = ["accessibility", "best-practices"];
const { browser: executablePath, url, pages, forms } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

async function signedIn(person) {
  const page = await (await browser.createBrowserContext()).newPage();
  if (!person) return page;
  await page.goto(`${url}/sign-in`);
  const status = await page.evaluate(async (personId) => {
    const headers = { "Content-Type": "application/json" };
    return (await fetch("/sign-in/api/sign-in", { method: "POST", headers, body: JSON.stringify({ personId }) })).status;
  }, person);
  if (status !== 200) throw new Error(`${person} cannot sign in: ${status}`);
  return page;
}

for (const form of forms) {
  for (const { path, person } of pages) {
    const page = await signedIn(person);
    // The sign-in is kept in a cookie, which Lighthouse would delete.
    const flags = { onlyCategories: CATEGORIES, disableStorageReset: true, output: "json", logLevel: "error" };
    const { lhr } = await lighthouse(`${url}${path}`, flags, form === "desktop" ? desktopConfig : undefined, page);
    if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
    if (!lhr.finalDisplayedUrl.startsWith(`${url}${path}`)) throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
    const weighted = new Set(CATEGORIES.flatMap((id) => lhr.categories[id].auditRefs.filter((ref) => ref.weight > 0).map((ref) => ref.id)));
    const failed = Object.values(lhr.audits).filter((audit) => weighted.has(audit.id) && audit.score !== null && audit.score < 1);
    const scores = Object.fromEntries(CATEGORIES.map((id) => [id, Math.round(lhr.categories[id].score * 100)]));
    console.log(JSON.stringify({ path, form, scores, failed: failed.map(({ title, details }) => [title, ...nodes(details)].join("\n    ")) }));
    await page.browserContext().close();
  }
}
await browser.close();

function nodes(details) {
  return (details?.items ?? []).map((item) => item.node?.snippet ?? item.description ?? item.url ?? "").filter(Boolean);
}
