import { inLanguage } from "../languages/catalogue.ts";

/** The texts of the server's refusals by their code. The server's own message is English, so English has none here. */
export const serverTexts = inLanguage("server", new Map<string, string>());
