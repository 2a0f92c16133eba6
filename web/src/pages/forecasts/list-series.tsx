/** The series of a forecast: filtered and ordered by the API, a page at a time, so that any number of them is fast. */

import { ACTIVE_MS, usePolled } from "../../api/poll";
import type { ForecastView, SeriesPage, SeriesRow } from "../../api/types";
import { useWords } from "../../i18n";
import { NoneMatch, NoneYet } from "../../parts/empty";
import { Loaded } from "../../parts/loaded";
import { Pages, usePaging } from "../../parts/pages";
import { Search } from "../../parts/search";
import { href, refilter, type Route } from "../../route";
import { summary } from "./summary";

const LIMIT = 50;
const ORDERS = ["name", "-confidence", "confidence", "error", "-error"];
/** From and to, in shares of one. */
const BANDS: Record<string, [string, string]> = { low: ["", "0.3"], middle: ["0.3", "0.6"], high: ["0.6", ""] };
const FILTERS = ["model", "pattern", "status", "confidence", "search", "sort"] as const;
type Filters = Record<(typeof FILTERS)[number], string>;

export function SeriesList({ forecast, route }: { forecast: ForecastView; route: Route }) {
  const { t } = useWords();
  const chosen = Object.fromEntries(FILTERS.map((name) => [name, route.query.get(name) ?? ""])) as Filters;
  return (
    <section>
      <h2>{t("series.title")}</h2>
      <Choices forecast={forecast} chosen={chosen} choose={(changes) => refilter(route, changes)} />
      {forecast.progress.total ? <Found forecast={forecast} chosen={chosen} /> : <NoneYet>{t("series.none")}</NoneYet>}
    </section>
  );
}

interface ChoicesProps {
  forecast: ForecastView;
  chosen: Filters;
  choose: (changes: Partial<Filters>) => void;
}

function Choices({ forecast, chosen, choose }: ChoicesProps) {
  const { t, word } = useWords();
  const found = summary(forecast);
  const select = (name: keyof Filters, label: string, values: string[], said: (value: string) => string) => (
    <select aria-label={label} value={chosen[name]} onChange={(event) => choose({ [name]: event.currentTarget.value })}>
      <option value="">{name === "sort" ? t("sort.name") : t("filter.any", { what: label })}</option>
      {values.map((value) => (
        <option key={value} value={value}>
          {said(value)}
        </option>
      ))}
    </select>
  );
  return (
    <div class="filters">
      <div class="choices">
        {select("model", t("col.model"), Object.keys(found?.models ?? {}), (name) => name)}
        {select("pattern", t("col.pattern"), Object.keys(found?.patterns ?? {}), (name) => word("pattern", name))}
        {select("status", t("col.status"), Object.keys(found?.status ?? {}), (name) => word("fit", name))}
        {select("confidence", t("col.confidence"), Object.keys(BANDS), (name) => word("band", name))}
        {found && select("sort", t("filter.order"), ORDERS.slice(1), (name) => word("sort", name))}
      </div>
      <Search label={t("filter.series")} value={chosen.search} changed={(search) => choose({ search })} />
    </div>
  );
}

function Found({ forecast, chosen }: { forecast: ForecastView; chosen: Filters }) {
  const { t } = useWords();
  const { confidence, ...rest } = chosen;
  const [from, to] = BANDS[confidence] ?? ["", ""];
  const runs = forecast.summary === null;
  const paging = usePaging(`${forecast.id} ${JSON.stringify(chosen)} ${runs}`);
  const query = { ...rest, sort: runs ? "" : rest.sort, confidence_from: from, confidence_to: to, limit: LIMIT, cursor: paging.cursor };
  const polled = usePolled<SeriesPage>(`/v1/forecasts/${encodeURIComponent(forecast.id)}/series`, query, (page) => (page.preview ? 2 * ACTIVE_MS : null));
  return (
    <Loaded polled={polled}>
      {(page) => (
        <>
          {page.preview && <p class="muted">{t("series.preview")}</p>}
          {page.series.length ? <Table forecast={forecast} rows={page.series} /> : page.preview || page.cursor ? <NoneYet>{t("none-so-far")}</NoneYet> : <NoneMatch clear={href(["forecasts", forecast.id])} />}
          <Pages paging={paging} next={page.cursor} />
        </>
      )}
    </Loaded>
  );
}

function Table({ forecast, rows }: { forecast: ForecastView; rows: SeriesRow[] }) {
  const { t } = useWords();
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>{t("col.series")}</th>
            <th>{t("col.model")}</th>
            <th>{t("col.pattern")}</th>
            <th class="right">{t("col.confidence")}</th>
            <th class="right">{t("col.expected-error")}</th>
            <th>{t("col.status")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.name} forecast={forecast} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ forecast, row }: { forecast: ForecastView; row: SeriesRow }) {
  const { word, percent } = useWords();
  const low = row.confidence < (forecast.config.alert_below ?? 0.3);
  return (
    <tr>
      <td>{forecast.summary ? <a href={href(["forecasts", forecast.id, "series", row.name])}>{row.name}</a> : row.name}</td>
      <td>
        {row.model}
        {row.lead_model !== row.model && <div class="muted">{row.lead_model}</div>}
      </td>
      <td>{word("pattern", row.pattern)}</td>
      <td class={low ? "right warn" : "right"}>{percent(row.confidence)}</td>
      <td class="right">{row.expected_error === null ? "–" : percent(row.expected_error)}</td>
      <td>
        <span class={`tag ${row.status === "ok" ? "good" : row.status === "failed" ? "bad" : "warn"}`}>{word("fit", row.status)}</span>
        {[row.attention, row.reason].map((said) => said && <div key={said} class="muted">{said.replaceAll("_", " ")}</div>)}
      </td>
    </tr>
  );
}
