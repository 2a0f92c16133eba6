/** The key that this tab is signed in with. It is in this tab's storage only, and never in the address for long. */

const NAME = "fanfold.key";

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
}
