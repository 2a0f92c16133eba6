import type { Route } from "../../route";

export function JournalPage(_: { route: Route }) {
  return null;
}
