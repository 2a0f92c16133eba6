import type { Route } from "../../route";
import { WrittenText } from "./job";
import { SessionList } from "./list";
import { OneSession } from "./session";

export function WritingPage({ route }: { route: Route }) {
  const [, session, part, job] = route.path;
  if (!session) return <SessionList />;
  if (part === "jobs" && job) return <WrittenText session={session} id={job} />;
  return <OneSession id={session} key={session} />;
}
