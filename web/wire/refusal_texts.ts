import { inLanguage } from "../languages/catalogue.ts";
import { plural } from "../languages/format.ts";

/** The texts of refusals that the page itself makes. */
export const refusalTexts = inLanguage("refusals", {
  unreachable: "The service cannot be reached.",
  unsendable: "This message cannot be sent. Copy its text and write it again.",
  wait: (seconds: string) => `Too many requests. Try again in ${plural(Number(seconds), { one: "1 second", other: `${seconds} seconds` })}.`,
  answered: (status: number) => `The server answered ${status}.`,
});
