import { startInLanguage } from "../languages/load.ts";

void startInLanguage({ de: () => import("../languages/de/tech.ts") }, () => import("./start"));
