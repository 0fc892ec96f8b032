import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { defineConfig } from "vite";
import { compression, defineAlgorithm } from "vite-plugin-compression2";

import { emojiData } from "./emoji_data.ts";
import { startAtOnce } from "./start_at_once.ts";

const here = import.meta.dirname;
const gateway = process.env.PARLEY_GATEWAY ?? "http://127.0.0.1:8080";

// The gallery is for development: `vite` serves it, the build leaves it out.
const pages = Object.fromEntries(
  ["tech", "portal", "signin"]
    .map((name) => [name, resolve(here, name, "index.html")] as const)
    .filter(([, page]) => existsSync(page)),
);

// The gateway serves NAME.br or NAME.gz to a browser that accepts it. Made here once, at the best quality, and not for each request.
const compressed = compression({
  include: /\.(css|html|js|json|mjs|svg|txt|webmanifest)$/,
  threshold: 1024,
  algorithms: [defineAlgorithm("brotliCompress"), defineAlgorithm("gzip", { level: 9 })],
});

export default defineConfig({
  root: here,
  base: "/",
  plugins: [startAtOnce, emojiData, compressed],
  // The gateway's content security policy forbids inline scripts and styles.
  build: {
    target: "es2022",
    // Browsers with light-dark(), so that the tokens stay as written.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    outDir: resolve(here, "dist"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: pages },
  },
  // worker/tech.ts becomes /tech/sw.js: a service worker serves the folder that it is in. In one file, because not every browser runs
  // service workers with imports.
  worker: { format: "iife", rolldownOptions: { output: { entryFileNames: "[name]/sw.js" } } },
  server: {
    proxy: {
      "^/(tech|portal|sign-in)/api/": { target: gateway, changeOrigin: true, headers: { Origin: gateway } },
      "^/(tech|portal)/socket": { target: gateway, ws: true, changeOrigin: true, headers: { Origin: gateway } },
    },
  },
});
