import { inLanguage } from "../languages/catalogue.ts";

/** The texts of refusals that the page itself makes. */
export const refusalTexts = inLanguage("refusals", {
  unreachable: "The service cannot be reached.",
  unsendable: "This message cannot be sent. Copy its text and write it again.",
  wait: (seconds: string) => `Too many requests. Try again in ${seconds} seconds.`,
  answered: (status: number) => `The server answered ${status}.`,
});
