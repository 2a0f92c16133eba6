/** How far a batch is, in a sentence and a bar, with pace, time left and money. */

import type { BatchView } from "../../api/types";
import { useWords } from "../../i18n";
import { Bar } from "../../parts/bar";
import { Figures } from "../../parts/facts";
import { isOver } from "./states";

export function BatchProgress({ batch }: { batch: BatchView }) {
  const { t, percent } = useWords();
  const { succeeded = 0, failed = 0 } = batch.progress;
  const total = batch.progress?.total ?? succeeded + failed;
  if (!total && !isOver(batch.state)) return <p class="muted">{t("batch.not-planned")}</p>;
  return (
    <section class="card" aria-label={t("progress")}>
      <p class="outcome-line">
        <strong>{t("succeeded-of", { done: succeeded, total })}</strong>
        {failed > 0 && <span class="bad"> · {t("failed-count", { n: failed })}</span>}
        {!isOver(batch.state) && total > 0 && <span class="muted"> · {percent((batch.progress?.done ?? 0) / total)}</span>}
      </p>
      <Bar succeeded={succeeded} failed={failed} total={total} />
      <Pace batch={batch} />
      <Endings batch={batch} />
    </section>
  );
}

/** Why answers ended, where any ended otherwise than by themselves. */
function Endings({ batch }: { batch: BatchView }) {
  const { t, word, number } = useWords();
  const poor = Object.entries(batch.finish_reasons ?? {}).filter(([reason, count]) => reason !== "stop" && count > 0);
  const said = poor.map(([reason, count]) => `${word("finish", reason)}: ${number(count)}`);
  if (batch.empty) said.push(t("empty-answers", { n: batch.empty }));
  return said.length ? <p class="warn">{t("endings", { said: said.join(", ") })}</p> : null;
}

function Pace({ batch }: { batch: BatchView }) {
  const { t, digits, duration, money, number } = useWords();
  const going = batch.progress;
  const { spent_usd: spent, saved_usd: saved } = batch.cost;
  const expected = batch.estimate?.lanes[batch.lane ?? "batch"]?.expected_usd ?? null;
  const rows: Parameters<typeof Figures>[0]["rows"] = [];
  if (going?.eta_seconds != null) rows.push([t("fig.eta"), duration(going.eta_seconds)]);
  if (going?.per_second != null) rows.push([t("fig.pace"), t("per-second", { n: digits(going.per_second, 3) })]);
  if (batch.finished_at && batch.started_at) rows.push([t("fig.took"), duration((Date.parse(batch.finished_at) - Date.parse(batch.started_at)) / 1000)]);
  rows.push([t("fig.cost"), spent === null ? t("price-unknown") : money(spent), expected !== null && t("expected", { sum: money(expected) })]);
  if (saved) rows.push([t("fig.saved"), money(saved)]);
  rows.push([t("fig.tokens"), number((batch.tokens.input ?? 0) + (batch.tokens.output ?? 0)), t("tokens-in-out", { input: batch.tokens.input ?? 0, output: batch.tokens.output ?? 0 })]);
  return <Figures rows={rows} />;
}
