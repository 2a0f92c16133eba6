import type { Route } from "../../route";
import { CreateBatchPage } from "./create";
import { BatchList } from "./list";
import { OneBatch } from "./one";
import { Pilot } from "./pilot";
import { OneRequest } from "./request";

export function BatchesPage({ route }: { route: Route }) {
  const [, id, part, customId] = route.path;
  if (!id) return <BatchList route={route} />;
  if (id === "new") return <CreateBatchPage />;
  if (part === "requests" && customId) return <OneRequest batch={id} customId={customId} />;
  if (part === "pilot") return <Pilot id={id} />;
  return <OneBatch id={id} route={route} key={id} />;
}
