/** One series: its past, what may come, why that is thought, and what to hold in stock. */

import { usePolled } from "../../api/poll";
import type { SeriesView } from "../../api/types";
import { Counts } from "../../chart/counts";
import { before } from "../../chart/dates";
import { type Fan, FanChart } from "../../chart/fan";
import { useWords } from "../../i18n";
import { Extras } from "../../parts/extras";
import { Facts, type FactRow } from "../../parts/facts";
import { Loaded } from "../../parts/loaded";
import { href } from "../../route";

export interface SeriesResult {
  pattern: string;
  reason: string | null;
  model_selected: string;
  frequency: string | null;
  mean: number[];
  dates?: string[] | null;
  history: (number | null)[];
  intervals: Record<string, { low: number[]; high: number[] }>;
  confidence: number;
  expected_error: number | null;
  expected_error_band: [number, number] | null;
  weights: Record<string, number>;
  backtest: { held_back: number; error: number; naive_error: number } | null;
  stock: Record<string, number> | null;
  flags: string[];
}
const SHOWN = [
  "pattern", "reason", "model_selected", "frequency", "mean", "dates", "history", "intervals", "confidence", "expected_error",
  "expected_error_band", "weights", "backtest", "stock", "flags", "observations",
];
const MOST_SHOWN = 240;

export function OneSeries({ forecast, name }: { forecast: string; name: string }) {
  const { t, language } = useWords();
  const path = `/v1/forecasts/${encodeURIComponent(forecast)}/series/${encodeURIComponent(name)}`;
  const polled = usePolled<SeriesView>(path, { language }, () => null);
  return (
    <>
      <p class="crumbs">
        <a href={href(["forecasts"])}>{t("forecasts.title")}</a> <a href={href(["forecasts", forecast])}>{forecast}</a>
      </p>
      <h1>{name}</h1>
      <Loaded polled={polled}>{(found) => <Shown found={found} result={found.result as unknown as SeriesResult} />}</Loaded>
    </>
  );
}

function Shown({ found, result }: { found: SeriesView; result: SeriesResult }) {
  const { t } = useWords();
  const fan = useFan(found.name, result);
  return (
    <>
      {result.mean.length > 0 && (
        <section class="card">
          <FanChart fan={fan} />
          <DataTable fan={fan} />
        </section>
      )}
      <section class="card">
        <h2>{t("series.explanation")}</h2>
        <p>{found.explanation}</p>
        <h2>{t("series.recommendation")}</h2>
        <p>{found.recommendation}</p>
      </section>
      <Measures found={found} result={result} />
      {result.stock && <Stock stock={result.stock} />}
      <Extras of={result} known={SHOWN} />
    </>
  );
}

function useFan(name: string, result: SeriesResult): Fan {
  const { period, number } = useWords();
  const history = result.history.slice(-MOST_SHOWN);
  const label = (step: number) => {
    const ahead = step - history.length;
    const date = ahead >= 0 ? result.dates?.[ahead] : before(result.dates?.[0], result.frequency, -ahead);
    return date ? period(date, result.frequency) : number(ahead + 1);
  };
  const intervals = Object.entries(result.intervals).map(([level, band]) => ({ level: Number(level), ...band }));
  return { name, history, mean: result.mean, intervals, label };
}

/** The chart's figures, for whoever cannot see it or wants them exactly. */
function DataTable({ fan }: { fan: Fan }) {
  const { t, digits } = useWords();
  return (
    <details>
      <summary>{t("series.figures")}</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>{t("col.date")}</th>
              <th class="right">{t("col.forecast")}</th>
              {fan.intervals.map((each) => (
                <th class="right" key={each.level}>
                  {t("col.interval", { level: each.level })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {fan.mean.map((value, at) => (
              <tr key={at}>
                <td>{fan.label(fan.history.length + at)}</td>
                <td class="right">{digits(value)}</td>
                {fan.intervals.map((each) => (
                  <td class="right" key={each.level}>
                    {digits(each.low[at] ?? 0)} – {digits(each.high[at] ?? 0)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Measures({ found, result }: { found: SeriesView; result: SeriesResult }) {
  const { t, word, percent, digits, number } = useWords();
  const { backtest } = result;
  const rows: FactRow[] = [
    [t("col.status"), word("fit", found.status)],
    [t("col.confidence"), percent(result.confidence)],
    [t("col.expected-error"), result.expected_error === null ? null : percent(result.expected_error)],
    [t("col.model"), result.model_selected],
    [t("col.pattern"), word("pattern", result.pattern)],
    [t("series.frequency"), result.frequency && word("frequency", result.frequency)],
    [t("series.backtest"), backtest && t("series.backtest-said", { error: digits(backtest.error), naive: digits(backtest.naive_error), n: backtest.held_back })],
    [t("series.observations"), number(result.history.length)],
    [t("series.flags"), result.flags.map((flag) => flag.replaceAll("_", " ")).join(", ")],
  ];
  return (
    <section class="card">
      <h2>{t("series.measures")}</h2>
      <Facts rows={rows} />
      {Object.keys(result.weights).length > 0 && (
        <div class="side-by-side">
          <Counts title={t("series.members")} counts={result.weights} shown={percent} />
        </div>
      )}
    </section>
  );
}

function Stock({ stock }: { stock: Record<string, number> }) {
  const { t, word, percent, digits } = useWords();
  const shares = ["service_level", "fill_rate"];
  const rows = Object.entries(stock).map(([name, value]): FactRow => [word("stock", name), shares.includes(name) ? percent(value) : digits(value)]);
  return (
    <section class="card">
      <h2>{t("series.stock")}</h2>
      <Facts rows={rows} />
    </section>
  );
}
