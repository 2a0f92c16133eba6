import { render } from "preact";
import { configure } from "./api/http";
import { App } from "./app";
import { load, preferred } from "./i18n";
import { takeKey } from "./session";
import "./theme.css";
import { applyTheme } from "./theme";

takeKey();
applyTheme();
const root = document.getElementById("app");
const [words] = await Promise.all([load(preferred()), configure()]);
if (root) render(<App words={words} />, root);
