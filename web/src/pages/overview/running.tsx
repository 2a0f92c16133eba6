/** Jobs that are under way. */

import type { ForecastView, LiveView } from "../../api/types";
import { useWords } from "../../i18n";
import { Bar } from "../../parts/bar";
import { StateTag } from "../../parts/state";
import { WaitingFor } from "../../parts/waiting";
import { href } from "../../route";
import { moves } from "../batches/states";
import { titled } from "../forecasts/summary";

export function Running({ live, forecasts }: { live: LiveView; forecasts: ForecastView[] }) {
  const { t, duration } = useWords();
  const fitting = forecasts.filter((each) => moves(each.state));
  if (!live.jobs.length && !fitting.length) return <p class="muted">{t("overview.idle")}</p>;
  const left = (seconds: number | null | undefined) => (seconds == null ? "" : ` · ${t("eta", { left: duration(seconds) })}`);
  return (
    <ul class="plain matters">
      {live.jobs.map((job) => (
        <li key={job.id}>
          <a href={href(["batches", job.id])}>{job.name ?? job.id}</a>
          <StateTag state={job.state} />
          <span class="muted">
            {t("settled-of", { done: job.done, total: job.requests })}
            {left(job.eta_seconds)}
          </span>
          <WaitingFor waiting={job.waiting_for} />
          <Bar succeeded={job.done} failed={0} total={job.requests} />
        </li>
      ))}
      {fitting.map((each) => (
        <li key={each.id}>
          <a href={href(["forecasts", each.id])}>{titled(each)}</a>
          <StateTag state={each.state} />
          <span class="muted">
            {t("series-done", { done: each.progress.succeeded, total: each.progress.total })}
            {left(each.progress.eta_seconds)}
          </span>
          <Bar succeeded={each.progress.succeeded} failed={each.progress.failed} total={each.progress.total} />
        </li>
      ))}
    </ul>
  );
}
