/** All batches, newest first: how far each is, what came of it, what it cost. */

import { ACTIVE_MS, IDLE_MS, usePolled } from "../../api/poll";
import type { BatchPage, BatchView, LiveJob, LiveView } from "../../api/types";
import { useWords } from "../../i18n";
import { Bar } from "../../parts/bar";
import { NoneMatch, NoneYet } from "../../parts/empty";
import { Loaded } from "../../parts/loaded";
import { Pages, usePaging } from "../../parts/pages";
import { Search } from "../../parts/search";
import { StateTag } from "../../parts/state";
import { ListTable } from "../../parts/table";
import { Tabs } from "../../parts/tabs";
import { href, refilter, type Route } from "../../route";
import { belongs, moves } from "./states";

const LIMIT = 50;
/** Groups that are one state of the API's. */
const ONE_STATE = ["completed", "failed", "cancelled"];
const TABS = ["", "active", "waiting", "trouble", "completed", "failed", "cancelled"];

export function BatchList({ route }: { route: Route }) {
  const { t } = useWords();
  const paging = usePaging("batches");
  const polled = usePolled<BatchPage>("/v1/batches", { limit: LIMIT, cursor: paging.cursor }, () => IDLE_MS);
  const anyMoves = polled.data?.batches.some((each) => moves(each.state)) ?? false;
  const live = usePolled<LiveView>(anyMoves ? "/v1/stats/live" : null, {}, () => ACTIVE_MS);
  return (
    <>
      <div class="head">
        <h1>{t("batches.title")}</h1>
        <a class="button" href={href(["batches", "new"])}>
          {t("batches.new")}
        </a>
      </div>
      <Loaded polled={polled}>
        {(page) => (
          <>
            <Listed route={route} batches={page.batches} live={live.data?.jobs ?? []} whole={paging.page === 1 && !page.cursor} />
            {!looksThroughAll(route) && <Pages paging={paging} next={page.cursor} />}
          </>
        )}
      </Loaded>
    </>
  );
}

/** Whether the filters are the API's own. */
function looksThroughAll(route: Route): boolean {
  return !!route.query.get("search") || ONE_STATE.includes(route.query.get("state") ?? "");
}

interface ListedProps {
  route: Route;
  batches: BatchView[];
  live: LiveJob[];
  whole: boolean;
}

function Listed({ route, batches, live, whole }: ListedProps) {
  const { t, word } = useWords();
  const [state, search] = [route.query.get("state") ?? "", route.query.get("search") ?? ""];
  if (!batches.length && whole) {
    return (
      <NoneYet>
        <p>{t("batches.none")}</p>
        <a class="button" href={href(["batches", "new"])}>
          {t("batches.new")}
        </a>
      </NoneYet>
    );
  }
  const tabs = TABS.map((name) => ({
    name,
    label: word("tab", name || "all"),
    count: batches.filter((each) => belongs(each, name)).length,
    href: href(["batches"], { state: name, search }),
  }));
  const shown = batches.filter((each) => belongs(each, state) && named(each, search));
  return (
    <>
      <div class="filters">
        <Tabs label={t("filter.state")} tabs={tabs} chosen={state} />
        <Search label={t("filter.name")} value={search} changed={(value) => refilter(route, { search: value })} />
      </div>
      {!whole && <p class="muted">{t("batches.counts-of-page")}</p>}
      {!whole && looksThroughAll(route) ? <Found state={state} name={search} live={live} /> : shown.length ? <Table batches={shown} live={live} /> : <NoneMatch clear={href(["batches"])} />}
    </>
  );
}

/** Where there are more than one page holds, the API looks through all of them. */
function Found({ state, name, live }: { state: string; name: string; live: LiveJob[] }) {
  const { t } = useWords();
  const paging = usePaging(`${state} ${name}`);
  const query = { state: ONE_STATE.includes(state) ? state : "", name, limit: LIMIT, cursor: paging.cursor };
  const polled = usePolled<BatchPage>("/v1/batches", query, () => IDLE_MS);
  return (
    <Loaded polled={polled}>
      {(page) => {
        const shown = page.batches.filter((each) => belongs(each, state));
        return (
          <>
            {shown.length ? <Table batches={shown} live={live} /> : page.cursor ? <NoneYet>{t("none-so-far")}</NoneYet> : <NoneMatch clear={href(["batches"])} />}
            <Pages paging={paging} next={page.cursor} />
          </>
        );
      }}
    </Loaded>
  );
}

function named(batch: BatchView, search: string): boolean {
  return [batch.name, batch.id, batch.model, batch.provider].some((text) => text?.toLowerCase().includes(search.toLowerCase()));
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
