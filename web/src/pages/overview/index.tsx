import type { Route } from "../../route";

export function OverviewPage(_: { route: Route }) {
  return null;
}
