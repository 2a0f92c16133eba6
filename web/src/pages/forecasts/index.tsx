import type { Route } from "../../route";
import { CreateForecastPage } from "./create";
import { ForecastList } from "./list";
import { OneForecast } from "./one";
import { OneSeries } from "./series";

export function ForecastsPage({ route }: { route: Route }) {
  const [, id, part, name] = route.path;
  if (!id) return <ForecastList route={route} />;
  if (id === "new") return <CreateForecastPage />;
  if (part === "series" && name) return <OneSeries forecast={id} name={name} />;
  return <OneForecast id={id} route={route} key={id} />;
}
