import type { Plugin, Rolldown } from "vite";

type Bundle = Readonly<Record<string, Rolldown.OutputAsset | Rolldown.OutputChunk>>;

/** Names the files of an app's start in its page. A browser then fetches them with main.tsx, which imports start.tsx only when it has run. */
export const startAtOnce: Plugin = {
  name: "start-at-once",
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle = {}, chunk }) {
      const folder = chunk?.facadeModuleId?.replace(/[^/]*$/, "");
      const start = Object.values(bundle).find((one) => one.type === "chunk" && one.facadeModuleId === `${folder}start.tsx`);
      if (start?.type !== "chunk") return html;
      const chunks = imported(start, bundle);
      const styles = new Set(chunks.flatMap((one) => [...(one.viteMetadata?.importedCss ?? [])]));
      const added = [
        ...chunks.map((one) => `<link rel="modulepreload" crossorigin href="/${one.fileName}">`),
        ...[...styles].map((file) => `<link rel="stylesheet" crossorigin href="/${file}">`),
      ].filter((link) => !html.includes(link));
      return html.replace("  </head>", `${added.map((link) => `    ${link}\n`).join("")}  </head>`);
    },
  },
};

/** The chunk and all that it imports statically. What a chunk imports comes before it, because of the order of the styles. */
function imported(chunk: Rolldown.OutputChunk, bundle: Bundle): Rolldown.OutputChunk[] {
  const before = chunk.imports.flatMap((name) => {
    const next = bundle[name];
    return next?.type === "chunk" ? imported(next, bundle) : [];
  });
  return [...new Set([...before, chunk])];
}
