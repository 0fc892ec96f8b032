import { type Catalogue, takeCatalogue } from "./catalogue.ts";
import { type Language, language, startLanguage } from "./language.ts";

type Catalogues = Record<Exclude<Language, "en">, () => Promise<{ catalogue: Catalogue }>>;

/** Starts an app in the page's language. Its modules read their texts when they are imported, so the texts come first. */
export async function startInLanguage(catalogues: Catalogues, start: () => Promise<unknown>): Promise<void> {
  startLanguage();
  // Without the catalogue, English is better than nothing.
  if (language !== "en") await catalogues[language]().then(({ catalogue }) => takeCatalogue(catalogue), (error) => console.warn("no texts:", error));
  await start();
}
