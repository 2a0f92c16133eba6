/** The first look: what needs somebody, what runs, and what it costs. */

import { ACTIVE_MS, COUNTS_MS, IDLE_MS, usePolled } from "../../api/poll";
import type { BatchPage, DeadLetterPage, ForecastPage, LiveView } from "../../api/types";
import { useWords } from "../../i18n";
import { Loaded } from "../../parts/loaded";
import { Figures } from "../../parts/facts";
import type { Route } from "../../route";
import { Attention } from "./attention";
import { Running } from "./running";
import { Spend } from "./spend";
import { Standing } from "./standing";

const LOOKED_AT = 50;

export function OverviewPage(_: { route: Route }) {
  const { t } = useWords();
  const live = usePolled<LiveView>("/v1/stats/live", {}, (view) => (view.open_jobs ? ACTIVE_MS : IDLE_MS));
  const batches = usePolled<BatchPage>("/v1/batches", { limit: LOOKED_AT }, () => IDLE_MS);
  const forecasts = usePolled<ForecastPage>("/v1/forecasts", { limit: LOOKED_AT }, () => IDLE_MS);
  const dead = usePolled<DeadLetterPage>("/v1/dlq", { limit: 100 }, () => COUNTS_MS);
  return (
    <>
      <h1>{t("nav.overview")}</h1>
      <Loaded polled={batches}>
        {(page) => <Attention batches={page.batches} forecasts={forecasts.data?.forecasts ?? []} dead={dead.data?.dead_letters.length ?? 0} />}
      </Loaded>
      <section class="card">
        <h2>{t("overview.running")}</h2>
        <Loaded polled={live}>
          {(view) => (
            <>
              <Running live={view} forecasts={forecasts.data?.forecasts ?? []} />
              {view.open_jobs > 0 && <Now live={view} />}
            </>
          )}
        </Loaded>
      </section>
      <Spend />
      <Standing />
    </>
  );
}

function Now({ live }: { live: LiveView }) {
  const { t, number, digits } = useWords();
  return (
    <Figures
      rows={[
        [t("overview.in-flight"), number(live.in_flight)],
        [t("overview.waiting"), number(live.waiting)],
        [t("fig.pace"), t("per-second", { n: digits(live.per_second, 3) })],
      ]}
    />
  );
}
