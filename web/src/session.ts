/** The key that this tab is signed in with. It is in this tab's storage only, and never in the address for long. */

const NAME = "fanfold.key";
/** Before the end of a token it is renewed. */
const EARLY_MS = 60_000;
const AGAIN_MS = 10_000;

/** An issuer's token, and how long it holds. */
export interface Token {
  text: string;
  /** Unknown to an issuer that does not say. */
  seconds: number | undefined;
}

/** How this tab gets another token; null once that is refused. It throws while nobody answers. */
export type Renew = () => Promise<Token | null>;

let renew: Renew | null = null;
let due = Infinity;
let renewing: Promise<boolean> | null = null;

/** Takes a key out of the address's fragment (`#key=ff_…`), which no server is sent, and forgets the address. */
export function takeKey(): void {
  const found = /^#key=([^&]+)$/.exec(location.hash);
  if (!found?.[1]) return;
  sessionStorage.setItem(NAME, decodeURIComponent(found[1]));
  history.replaceState(null, "", location.pathname + location.search + "#/");
}

export function key(): string | null {
  return sessionStorage.getItem(NAME);
}

export function signIn(given: string): void {
  sessionStorage.setItem(NAME, given.trim());
}

export function signOut(): void {
  sessionStorage.removeItem(NAME);
  renew = null;
  due = Infinity;
}

/** Signs in with a token that `another` takes the place of; in this tab's memory, so not after it is loaded anew. */
export function signInWith(token: Token, another: Renew | null): void {
  signIn(token.text);
  renew = another;
  due = token.seconds === undefined ? Infinity : Date.now() + Math.max(token.seconds * 1000 - EARLY_MS, (token.seconds * 1000) / 2);
}

/** Whether the token is near its end. */
export function isDue(): boolean {
  return renew !== null && Date.now() >= due;
}

/** Whether there is another token now; those who ask at the same time wait for the same one. */
export function renewed(): Promise<boolean> {
  renewing ??= another().finally(() => (renewing = null));
  return renewing;
}

async function another(): Promise<boolean> {
  const asked = renew;
  if (asked === null) return false;
  try {
    const token = await asked();
    if (asked !== renew) return false; // signed out meanwhile
    if (token) signInWith(token, asked);
    else renew = null;
    return token !== null;
  } catch {
    due = Date.now() + AGAIN_MS; // the token may hold until the issuer answers
    return false;
  }
}
