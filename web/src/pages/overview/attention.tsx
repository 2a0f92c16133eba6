/** Jobs that somebody has to look at, the newest first, each with why. */

import type { BatchView, ForecastView } from "../../api/types";
import { useWords, type Words } from "../../i18n";
import { StateTag } from "../../parts/state";
import { href } from "../../route";
import { titled } from "../forecasts/summary";

interface Matter {
  id: string;
  link: string;
  name: string;
  why: string;
  at: string;
  state: BatchView["state"];
  succeeded: number;
  failed: number;
}
const MOST = 8;

export function Attention({ batches, forecasts, dead }: { batches: BatchView[]; forecasts: ForecastView[]; dead: number }) {
  const words = useWords();
  const { t, date } = words;
  const found = [...batches.map((each) => ofBatch(each, words)), ...forecasts.map((each) => ofForecast(each, words))]
    .filter((each) => each !== null)
    .sort((a, b) => b.at.localeCompare(a.at));
  return (
    <section class="card">
      <h2>{t("overview.attention")}</h2>
      {dead > 0 && <p class="notice warn">{t("overview.dead-letters", { n: dead })}</p>}
      {!found.length && !dead && <p class="muted">{t("overview.calm")}</p>}
      <ul class="plain matters">
        {found.slice(0, MOST).map((each) => (
          <li key={each.id}>
            <a href={each.link}>{each.name}</a>
            <StateTag state={each.state} succeeded={each.succeeded} failed={each.failed} />
            <span class="muted">{date(each.at)}</span>
            <p>{each.why}</p>
          </li>
        ))}
      </ul>
      {found.length > MOST && <a href={href(["batches"], { state: "trouble" })}>{t("more-rows", { n: found.length - MOST })}</a>}
    </section>
  );
}

function ofBatch(batch: BatchView, { t, word, date }: Words): Matter | null {
  const { succeeded = 0, failed = 0 } = batch.progress;
  const why = [
    batch.error,
    failed > 0 && t("succeeded-of", { done: succeeded, total: succeeded + failed }),
    batch.rejected > 0 && t("rejected", { n: batch.rejected }),
    ...(batch.waiting_for ?? []).map((each) => `${word("waiting", each.reason)}: ${each.said ?? t("waiting-since", { since: date(each.since) })}`),
    batch.state === "paused" && t("overview.paused"),
    batch.state === "draft" && t("overview.draft"),
  ].filter(Boolean);
  if (!why.length || batch.state === "deleting") return null;
  const link = href(["batches", batch.id], failed > 0 ? { view: "errors" } : {});
  return { id: batch.id, link, name: batch.name ?? batch.id, why: why.join(" · "), at: batch.finished_at ?? batch.created_at, state: batch.state, succeeded, failed };
}

function ofForecast(forecast: ForecastView, { t }: Words): Matter | null {
  const { succeeded: successful, failed, total } = forecast.progress;
  const why = [forecast.error, failed > 0 && t("series-done", { done: successful, total }), forecast.rejected > 0 && t("rejected", { n: forecast.rejected })].filter(Boolean);
  if (!why.length || forecast.state === "deleting") return null;
  const at = forecast.finished_at ?? forecast.created_at;
  return { id: forecast.id, link: href(["forecasts", forecast.id]), name: titled(forecast), why: why.join(" · "), at, state: forecast.state, succeeded: successful, failed };
}
