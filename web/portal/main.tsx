import { startInLanguage } from "../languages/load.ts";

void startInLanguage({ de: () => import("../languages/de/portal.ts") }, () => import("./start"));
