/** One batch: what became of it so far, what can be done with it, and its requests. */

import { ACTIVE_MS, usePolled } from "../../api/poll";
import type { BatchView } from "../../api/types";
import { useWords } from "../../i18n";
import { Extras } from "../../parts/extras";
import { Loaded } from "../../parts/loaded";
import { RejectedLines } from "../../parts/rejected";
import { StateTag } from "../../parts/state";
import { Tabs } from "../../parts/tabs";
import { WaitingFor } from "../../parts/waiting";
import { href, type Route } from "../../route";
import { BatchActions } from "./actions";
import { BatchErrors } from "./errors";
import { BatchFacts } from "./about";
import { Lanes } from "./lanes";
import { BatchProgress } from "./progress";
import { Requests } from "./requests";
import { moves } from "./states";

const VIEWS = ["requests", "errors", "lanes", "about"] as const;
const SHOWN = [
  "id", "state", "name", "provider", "model", "mode", "lane", "lane_reason", "priority", "deadline", "metadata", "created_at", "started_at",
  "finished_at", "error", "rejected", "rejected_lines", "progress", "tokens", "cost", "budget_usd", "estimate", "note", "notes", "waiting_for", "description", "tags", "finish_reasons", "empty", "progress", "lanes",
];

export function OneBatch({ id, route }: { id: string; route: Route }) {
  const polled = usePolled<BatchView>(`/v1/batches/${encodeURIComponent(id)}`, {}, (batch) => (moves(batch.state) ? ACTIVE_MS : null));
  return <Loaded polled={polled}>{(batch) => <Shown batch={batch} route={route} refresh={polled.refresh} />}</Loaded>;
}

function Shown({ batch, route, refresh }: { batch: BatchView; route: Route; refresh: () => void }) {
  const { t, word } = useWords();
  const { succeeded = 0, failed = 0 } = batch.progress;
  const view = route.query.get("view") ?? "requests";
  const tabs = VIEWS.map((name) => ({
    name,
    label: word("view", name),
    count: name === "errors" ? failed : undefined,
    href: href(["batches", batch.id], { view: name }),
  }));
  return (
    <>
      <p class="crumbs">
        <a href={href(["batches"])}>{t("batches.title")}</a>
      </p>
      <div class="head">
        <h1>{batch.name ?? batch.id}</h1>
        <StateTag state={batch.state} succeeded={succeeded} failed={failed} />
      </div>
      <Notices batch={batch} />
      <BatchProgress batch={batch} />
      <BatchActions batch={batch} refresh={refresh} />
      <Tabs label={t("views")} tabs={tabs} chosen={view} />
      {view === "requests" && <Requests batch={batch} route={route} />}
      {view === "errors" && <BatchErrors batch={batch} />}
      {view === "lanes" && <Lanes batch={batch} />}
      {view === "about" && <BatchFacts batch={batch} />}
      <Extras of={batch} known={SHOWN} />
    </>
  );
}

/** What its owner should know, first what is wrong. */
function Notices({ batch }: { batch: BatchView }) {
  const notes = new Set([batch.note, ...(batch.notes ?? [])].filter((note) => note != null));
  return (
    <>
      {batch.error && <p class="notice bad">{batch.error}</p>}
      <WaitingFor waiting={batch.waiting_for} />
      {[...notes].map((note) => (
        <p class="notice" key={note}>
          {note}
        </p>
      ))}
      <RejectedLines count={batch.rejected} lines={batch.rejected_lines} path={`/v1/batches/${batch.id}/rejected`} />
    </>
  );
}
