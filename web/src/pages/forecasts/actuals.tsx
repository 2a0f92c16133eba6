/** What came, against what was forecast: compared first, and kept for the next edition when somebody says so. */

import { useState } from "preact/hooks";
import { post } from "../../api/http";
import type { Accuracy, ComparisonView, ForecastView } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { Drop } from "../../parts/drop";
import { Figures } from "../../parts/facts";
import { RejectedLines } from "../../parts/rejected";
import { Trouble } from "../../parts/trouble";
import { href } from "../../route";
import { type Read, read } from "./observations";

const MOST_ROWS = 50;

export function Actuals({ forecast, refresh }: { forecast: ForecastView; refresh: () => void }) {
  const { t } = useWords();
  const [given, setGiven] = useState<Read | null>(null);
  const [found, setFound] = useState<ComparisonView | null>(null);
  const [kept, setKept] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const path = `/v1/forecasts/${encodeURIComponent(forecast.id)}/actuals`;
  const take = async ([file]: File[]) => {
    if (!file) return;
    setError(null);
    setFound(null);
    setKept(false);
    const came = await read(file);
    setGiven(came);
    if (!came.observations.length) return;
    await post<ComparisonView>(path, { observations: came.observations, dry_run: true })
      .then(setFound)
      .catch((failed: Error) => setError(failed));
  };
  const keep = async () => {
    await post<ComparisonView>(path, { observations: given?.observations });
    setKept(true);
    refresh();
  };
  return (
    <details class="card">
      <summary>{t("actuals.title")}</summary>
      <Drop label={t("actuals.drop")} hint={t("actuals.hint")} accept=".csv,.tsv,.txt" given={(files) => void take(files)} />
      {given && <RejectedLines count={given.flaws.length} lines={given.flaws.slice(0, MOST_ROWS).map(({ line, text }) => ({ line, text }))} />}
      {error && <Trouble error={error} />}
      {found && <Compared id={forecast.id} found={found} />}
      {found && (kept ? <p class="good">{t("actuals.kept", { n: given?.observations.length ?? 0 })}</p> : <Act act={keep} quiet={false}>{t("actuals.keep", { n: given?.observations.length ?? 0 })}</Act>)}
    </details>
  );
}

function Compared({ id, found }: { id: string; found: ComparisonView }) {
  const { t, number, percent } = useWords();
  const rows: Parameters<typeof Figures>[0]["rows"] = [
    [t("actuals.compared"), number(found.compared)],
    [t("actuals.error"), found.mean_absolute_percentage_error === null ? "–" : percent(found.mean_absolute_percentage_error)],
    [t("actuals.outside", { level: found.level ?? "–" }), found.outside_share === null ? "–" : percent(found.outside_share)],
    [t("actuals.refit"), number(found.refit.length)],
  ];
  return (
    <>
      <Figures rows={rows} />
      {found.unknown.length > 0 && <p class="notice warn">{t("actuals.unknown", { names: found.unknown.slice(0, MOST_ROWS).join(", ") })}</p>}
      <Table id={id} series={found.series} />
    </>
  );
}

function Table({ id, series }: { id: string; series: Accuracy[] }) {
  const { t } = useWords();
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>{t("col.series")}</th>
            <th class="right">{t("actuals.compared")}</th>
            <th class="right">{t("actuals.mean-error")}</th>
            <th class="right">{t("actuals.bias")}</th>
            <th>{t("actuals.drift")}</th>
          </tr>
        </thead>
        <tbody>
          {[...series]
            .sort((a, b) => Number(b.refit) - Number(a.refit))
            .slice(0, MOST_ROWS)
            .map((each) => (
              <Row key={each.series} id={id} one={each} />
            ))}
        </tbody>
      </table>
      {series.length > MOST_ROWS && <p class="muted">{t("more-rows", { n: series.length - MOST_ROWS })}</p>}
    </div>
  );
}

function Row({ id, one }: { id: string; one: Accuracy }) {
  const { t, number, percent, digits } = useWords();
  return (
    <tr>
      <td>
        <a href={href(["forecasts", id, "series", one.series])}>{one.series}</a>
      </td>
      <td class="right">{number(one.compared)}</td>
      <td class="right">{one.mean_absolute_error === null ? "–" : digits(one.mean_absolute_error)}</td>
      <td class="right">{one.bias === null ? "–" : percent(one.bias)}</td>
      <td>
        {one.refit && <span class="tag warn">{t("actuals.drifted")}</span>} <span class="muted">{one.why}</span>
      </td>
    </tr>
  );
}
