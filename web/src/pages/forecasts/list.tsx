/** All forecasts, newest first. */

import { ACTIVE_MS, IDLE_MS, usePolled } from "../../api/poll";
import type { ForecastPage, ForecastView } from "../../api/types";
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
import { belongs, moves } from "../batches/states";
import { meanConfidence, titled } from "./summary";

const LIMIT = 50;
const TABS = ["", "active", "completed", "failed", "cancelled"];

export function ForecastList({ route }: { route: Route }) {
  const { t } = useWords();
  const paging = usePaging("forecasts");
  const pause = (page: ForecastPage) => (page.forecasts.some((each) => moves(each.state)) ? 2 * ACTIVE_MS : IDLE_MS);
  const polled = usePolled<ForecastPage>("/v1/forecasts", { limit: LIMIT, cursor: paging.cursor }, pause);
  return (
    <>
      <div class="head">
        <h1>{t("forecasts.title")}</h1>
        <NewForecast />
      </div>
      <Loaded polled={polled}>
        {(page) => (
          <>
            <Listed route={route} forecasts={page.forecasts} whole={paging.page === 1 && !page.cursor} />
            <Pages paging={paging} next={page.cursor} />
          </>
        )}
      </Loaded>
    </>
  );
}

function NewForecast() {
  const { t } = useWords();
  return (
    <a class="button" href={href(["forecasts", "new"])}>
      {t("forecasts.new")}
    </a>
  );
}

function Listed({ route, forecasts, whole }: { route: Route; forecasts: ForecastView[]; whole: boolean }) {
  const { t, word } = useWords();
  const [state, search] = [route.query.get("state") ?? "", route.query.get("search") ?? ""];
  if (!forecasts.length && whole) {
    return (
      <NoneYet>
        <p>{t("forecasts.none")}</p>
        <NewForecast />
      </NoneYet>
    );
  }
  const fits = (each: ForecastView, group: string) => belongs(each, group);
  const tabs = TABS.map((name) => ({
    name,
    label: word("tab", name || "all"),
    count: forecasts.filter((each) => fits(each, name)).length,
    href: href(["forecasts"], { state: name, search }),
  }));
  const shown = forecasts.filter((each) => fits(each, state) && titled(each).toLowerCase().includes(search.toLowerCase()));
  return (
    <>
      <div class="filters">
        <Tabs label={t("filter.state")} tabs={tabs} chosen={state} />
        <Search label={t("filter.name-or-id")} value={search} changed={(value) => refilter(route, { search: value })} />
      </div>
      {!whole && <p class="muted">{t("batches.counts-of-page")}</p>}
      {shown.length ? <Table forecasts={shown} /> : <NoneMatch clear={href(["forecasts"])} />}
    </>
  );
}

function Table({ forecasts }: { forecasts: ForecastView[] }) {
  const { t } = useWords();
  return (
    <ListTable
      heads={
        <>
          <th>{t("col.name")}</th>
          <th>{t("col.state")}</th>
          <th>{t("col.outcome")}</th>
          <th class="right">{t("fig.mean-confidence")}</th>
          <th>{t("col.created")}</th>
        </>
      }
    >
      {forecasts.map((each) => (
        <Row key={each.id} forecast={each} />
      ))}
    </ListTable>
  );
}

function Row({ forecast }: { forecast: ForecastView }) {
  const { t, date, percent } = useWords();
  const { succeeded: successful, failed, total } = forecast.progress;
  const confidence = meanConfidence(forecast);
  return (
    <tr>
      <td>
        <a href={href(["forecasts", forecast.id])}>{titled(forecast)}</a>
        <div class="muted">{t("forecast.ahead", { n: forecast.config.horizon ?? 12 })}</div>
      </td>
      <td>
        <StateTag state={forecast.state} succeeded={successful} failed={failed} />
      </td>
      <td class="outcome">
        {total > 0 && <Bar succeeded={successful} failed={failed} total={total} />}
        <span>{total > 0 ? t("series-done", { done: successful, total }) : (forecast.error ?? "–")}</span>
      </td>
      <td class="right">{confidence === null ? "–" : percent(confidence)}</td>
      <td class="muted">{date(forecast.created_at)}</td>
    </tr>
  );
}
