/** All forecasts, newest first. */

import type { ForecastPage, ForecastView } from "../../api/types";
import { useWords } from "../../i18n";
import { Bar } from "../../parts/bar";
import { JobList } from "../../parts/job-list";
import { StateTag } from "../../parts/state";
import { ListTable } from "../../parts/table";
import { href, type Route } from "../../route";
import { meanConfidence, titled } from "./summary";

const TABS = ["", "active", "trouble", "completed", "failed", "cancelled"];

export function ForecastList({ route }: { route: Route }) {
  const { t } = useWords();
  const none = (
    <>
      <p>{t("forecasts.none")}</p>
      <NewForecast />
    </>
  );
  return (
    <>
      <div class="head">
        <h1>{t("forecasts.title")}</h1>
        <NewForecast />
      </div>
      <JobList kind="forecasts" route={route} tabs={TABS} jobs={(page: ForecastPage) => page.forecasts} none={none}>
        {(forecasts) => <Table forecasts={forecasts} />}
      </JobList>
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
