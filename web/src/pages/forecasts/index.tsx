import type { Route } from "../../route";

export function ForecastsPage(_: { route: Route }) {
  return null;
}
