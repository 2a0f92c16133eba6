import { render } from "preact";
import { configure, issuer } from "./api/http";
import { App } from "./app";
import { load, preferred } from "./i18n";
import { signInWith, takeKey } from "./session";
import "./theme.css";
import { applyTheme } from "./theme";

takeKey();
applyTheme();
const root = document.getElementById("app");
const [words] = await Promise.all([load(preferred()), configure()]);
const failure = await returned();
if (root) render(<App words={words} failure={failure} />, root);

/** Back from the issuer: signs in, and takes the code out of the address. Why that failed, if it did. */
async function returned(): Promise<Error | null> {
  const address = new URL(location.href);
  const [at, given] = [issuer(), address.searchParams];
  if (!at || !(given.has("code") || given.has("error"))) return null;
  history.replaceState(null, "", location.pathname + "#/");
  try {
    const { finish } = await import("./oidc");
    const { token, renew, place } = await finish(at, address);
    signInWith(token, renew);
    history.replaceState(null, "", location.pathname + (place || "#/"));
    return null;
  } catch (error) {
    return error as Error;
  }
}
