/** All batches, newest first: how far each is, what came of it, what it cost. */

import { ACTIVE_MS, usePolled } from "../../api/poll";
import type { BatchPage, BatchView, LiveJob, LiveView } from "../../api/types";
import { useWords } from "../../i18n";
import { Bar } from "../../parts/bar";
import { JobList } from "../../parts/job-list";
import { StateTag } from "../../parts/state";
import { ListTable } from "../../parts/table";
import { href, type Route } from "../../route";
import { moves } from "./states";

const TABS = ["", "active", "waiting", "trouble", "completed", "failed", "cancelled"];

export function BatchList({ route }: { route: Route }) {
  const { t } = useWords();
  const none = (
    <>
      <p>{t("batches.none")}</p>
      <NewBatch />
    </>
  );
  return (
    <>
      <div class="head">
        <h1>{t("batches.title")}</h1>
        <NewBatch />
      </div>
      <JobList kind="batches" route={route} tabs={TABS} jobs={(page: BatchPage) => page.batches} none={none}>
        {(batches) => <Listed batches={batches} />}
      </JobList>
    </>
  );
}

function NewBatch() {
  const { t } = useWords();
  return (
    <a class="button" href={href(["batches", "new"])}>
      {t("batches.new")}
    </a>
  );
}

function Listed({ batches }: { batches: BatchView[] }) {
  const anyMoves = batches.some((each) => moves(each.state));
  const live = usePolled<LiveView>(anyMoves ? "/v1/stats/live" : null, {}, () => ACTIVE_MS);
  return <Table batches={batches} live={live.data?.jobs ?? []} />;
}

function Table({ batches, live }: { batches: BatchView[]; live: LiveJob[] }) {
  const { t } = useWords();
  return (
    <ListTable
      heads={
        <>
          <th>{t("col.name")}</th>
          <th>{t("col.state")}</th>
          <th>{t("col.outcome")}</th>
          <th class="right">{t("col.cost")}</th>
          <th>{t("col.created")}</th>
        </>
      }
    >
      {batches.map((batch) => (
        <Row key={batch.id} batch={batch} live={live.find((each) => each.id === batch.id)} />
      ))}
    </ListTable>
  );
}

function Row({ batch, live }: { batch: BatchView; live: LiveJob | undefined }) {
  const { t, date, money } = useWords();
  const { succeeded = 0, failed = 0 } = batch.progress;
  return (
    <tr>
      <td>
        <a href={href(["batches", batch.id])}>{batch.name ?? batch.id}</a>
        <div class="muted">{[batch.provider, batch.model, batch.lane ?? batch.mode].filter(Boolean).join(" · ")}</div>
      </td>
      <td>
        <StateTag state={batch.state} succeeded={succeeded} failed={failed} />
      </td>
      <td class="outcome">
        <Outcome batch={batch} live={live} />
      </td>
      <td class="right">{batch.cost.spent_usd === null ? t("price-unknown") : money(batch.cost.spent_usd)}</td>
      <td class="muted">{date(batch.created_at)}</td>
    </tr>
  );
}

/** The list itself has the figures of the end; those of what runs come from the live view. */
function Outcome({ batch, live }: { batch: BatchView; live: LiveJob | undefined }) {
  const { t, duration } = useWords();
  const { succeeded = 0, failed = 0 } = batch.progress;
  if (live && moves(batch.state)) {
    return (
      <>
        <Bar succeeded={live.done} failed={0} total={live.requests} />
        <span>
          {t("settled-of", { done: live.done, total: live.requests })}
          {live.eta_seconds !== null && ` · ${t("eta", { left: duration(live.eta_seconds) })}`}
        </span>
      </>
    );
  }
  const total = Math.max(succeeded + failed, batch.estimate?.requests ?? 0);
  if (!total) return <span class="muted">{batch.error ?? "–"}</span>;
  return (
    <>
      <Bar succeeded={succeeded} failed={failed} total={total} />
      <span>{t("succeeded-of", { done: succeeded, total })}</span>
    </>
  );
}
