/** One forecast: how far it is, what was understood of its input, what came out, and its series. */

import { post, remove } from "../../api/http";
import { ACTIVE_MS, usePolled } from "../../api/poll";
import type { ForecastView } from "../../api/types";
import { Counts } from "../../chart/counts";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { Bar } from "../../parts/bar";
import { Download } from "../../parts/downloads";
import { Extras } from "../../parts/extras";
import { Figures } from "../../parts/facts";
import { Loaded } from "../../parts/loaded";
import { RejectedLines } from "../../parts/rejected";
import { StateTag } from "../../parts/state";
import { go, href, type Route } from "../../route";
import { isOver, moves } from "../batches/states";
import { Actuals } from "./actuals";
import { Editions } from "./editions";
import { Notes } from "./notes";
import { SeriesList } from "./list-series";
import { summary, type Summary, titled } from "./summary";

const EXPORTS = ["html", "xlsx", "csv", "erp", "json", "parquet"];
const SHOWN = [
  "id", "state", "created_at", "started_at", "finished_at", "error", "config", "rejected", "rejected_lines", "notes",
  "progress", "summary", "observations", "outcome", "edition_of", "editions", "current", "schedule",
];

export function OneForecast({ id, route }: { id: string; route: Route }) {
  const polled = usePolled<ForecastView>(`/v1/forecasts/${encodeURIComponent(id)}`, {}, (each) => (moves(each.state) ? ACTIVE_MS : null));
  return <Loaded polled={polled}>{(forecast) => <Shown forecast={forecast} route={route} refresh={polled.refresh} />}</Loaded>;
}

function Shown({ forecast, route, refresh }: { forecast: ForecastView; route: Route; refresh: () => void }) {
  const { t } = useWords();
  const { succeeded: successful, failed } = forecast.progress;
  const found = summary(forecast);
  return (
    <>
      <p class="crumbs">
        <a href={href(["forecasts"])}>{t("forecasts.title")}</a>
      </p>
      <div class="head">
        <h1>{titled(forecast)}</h1>
        <StateTag state={forecast.state} succeeded={successful} failed={failed} />
      </div>
      {forecast.error && <p class="notice bad">{forecast.error}</p>}
      <Understood forecast={forecast} />
      <Progress forecast={forecast} found={found} />
      <Actions forecast={forecast} refresh={refresh} />
      <Editions forecast={forecast} refresh={refresh} />
      {found && <Actuals forecast={forecast} refresh={refresh} />}
      {found && <Distributions id={forecast.id} found={found} />}
      <SeriesList forecast={forecast} route={route} />
      <Extras of={forecast} known={SHOWN} />
    </>
  );
}

/** What was decided about the input, and what of it was not taken. */
function Understood({ forecast }: { forecast: ForecastView }) {
  return (
    <>
      <Notes notes={forecast.notes} />
      <RejectedLines count={forecast.rejected} lines={forecast.rejected_lines} path={`/v1/forecasts/${forecast.id}/rejected`} />
    </>
  );
}

function Progress({ forecast, found }: { forecast: ForecastView; found: Summary | null }) {
  const { t, duration, percent, number } = useWords();
  const { total, done, succeeded: successful, failed, elapsed_seconds: elapsed, eta_seconds: eta } = forecast.progress;
  if (!total) return isOver(forecast.state) ? null : <p class="muted">{t("forecast.not-planned")}</p>;
  const rows: Parameters<typeof Figures>[0]["rows"] = [];
  if (eta != null) rows.push([t("fig.eta"), duration(eta)]);
  if (elapsed != null) rows.push([t("fig.took"), duration(elapsed)]);
  if (found?.mean_confidence != null) rows.push([t("fig.mean-confidence"), percent(found.mean_confidence)]);
  if (found?.mean_expected_error != null) rows.push([t("fig.mean-error"), percent(found.mean_expected_error)]);
  if (found?.against_naive != null) rows.push([t("fig.against-naive"), percent(found.against_naive), t("fig.against-naive-hint")]);
  if (found?.alerts) rows.push([t("fig.alerts", { limit: percent(found.alerts.below) }), number(found.alerts.count)]);
  return (
    <section class="card" aria-label={t("progress")}>
      <p class="outcome-line">
        <strong>{t("series-done", { done: successful, total })}</strong>
        {failed > 0 && <span class="bad"> · {t("failed-count", { n: failed })}</span>}
        {!isOver(forecast.state) && <span class="muted"> · {percent(done / total)}</span>}
      </p>
      <Bar succeeded={successful} failed={failed} total={total} />
      <Figures rows={rows} />
    </section>
  );
}

function Actions({ forecast, refresh }: { forecast: ForecastView; refresh: () => void }) {
  const { t, word } = useWords();
  const path = `/v1/forecasts/${encodeURIComponent(forecast.id)}`;
  const steer = (verb: string) => () => post(`${path}/${verb}`).then(refresh);
  const { failed, total, done } = forecast.progress;
  const name = titled(forecast);
  return (
    <div class="actions">
      {forecast.summary && EXPORTS.map((format) => <Download key={format} path={`${path}/exports/${format}`} label={word("export", format)} />)}
      {isOver(forecast.state) && (failed > 0 || forecast.state === "failed") && <Act act={steer("retry")} confirm={t("confirm.refit", { n: failed })}>{t("act.retry")}</Act>}
      {moves(forecast.state) && <Act act={steer("cancel")} confirm={t("confirm.cancel-forecast", { n: total - done, name })}>{t("act.cancel")}</Act>}
      <Act act={() => remove(path).then(() => go(["forecasts"]))} confirm={t("confirm.delete-forecast", { n: total, name })}>
        {t("act.delete")}
      </Act>
    </div>
  );
}

function Distributions({ id, found }: { id: string; found: Summary }) {
  const { t, word } = useWords();
  const here = ["forecasts", id];
  return (
    <div class="card side-by-side">
      <Counts title={t("col.model")} counts={found.models} link={(model) => href(here, { model })} />
      <Counts title={t("col.pattern")} counts={found.patterns} said={(name) => word("pattern", name)} link={(pattern) => href(here, { pattern })} />
      <Counts title={t("col.status")} counts={found.status} said={(name) => word("fit", name)} link={(status) => href(here, { status })} />
    </div>
  );
}
