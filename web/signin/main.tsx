import { startInLanguage } from "../languages/load.ts";

void startInLanguage({ de: () => import("../languages/de/signin.ts") }, () => import("./start"));
