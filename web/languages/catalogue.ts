// The texts of the page's language. The English ones stand in the texts files, which the modules that use them import.

/** The same texts in another language: each string may be any other. A missing and an additional key are errors of the compiler. */
export type Translated<Texts> = Texts extends string
  ? string
  : Texts extends (...values: infer Values) => infer Text
    ? (...values: Values) => Translated<Text>
    : Texts extends ReadonlyMap<infer Key, infer Text>
      ? ReadonlyMap<Key, Translated<Text>>
      : Texts extends object
        ? { readonly [Key in keyof Texts]: Translated<Texts[Key]> }
        : Texts;

/** The texts of an app by the name that its texts file gives them. */
export type Catalogue = Readonly<Record<string, unknown>>;

let catalogue: Catalogue = {};

/** Takes the texts of another language. An app calls it before it imports the modules that use texts. */
export function takeCatalogue(next: Catalogue): void {
  catalogue = next;
}

/** The texts in the page's language. `english` is used where the catalogue has none of the name. */
export function inLanguage<Texts>(name: string, english: Texts): Texts {
  return (catalogue[name] as Texts | undefined) ?? english;
}
