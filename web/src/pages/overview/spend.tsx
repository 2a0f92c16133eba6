/** Money: today and this month, in days of UTC as the API counts them, against the budget. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { BudgetView, Stats } from "../../api/types";
import { useWords } from "../../i18n";
import { Figures } from "../../parts/facts";
import { Loaded } from "../../parts/loaded";

export function Spend() {
  const { t } = useWords();
  const today = new Date().toISOString().slice(0, 10);
  const month = usePolled<Stats>("/v1/stats", { since: `${today.slice(0, 8)}01`, until: today, by: "day" }, () => COUNTS_MS);
  const budget = usePolled<BudgetView>("/v1/budget", {}, () => COUNTS_MS);
  return (
    <section class="card">
      <h2>{t("overview.money")}</h2>
      <Loaded polled={month}>{(stats) => <Sums stats={stats} today={today} budget={budget.data} />}</Loaded>
      <p class="muted small">{t("overview.counts-ended")}</p>
    </section>
  );
}

function Sums({ stats, today, budget }: { stats: Stats; today: string; budget: BudgetView | null }) {
  const { t, money, percent, number, digits, duration } = useWords();
  const spentToday = stats.groups.find((each) => each.key === today)?.spent_usd ?? 0;
  const { total } = stats;
  const limit = (sum: number | null | undefined) => (sum == null ? null : t("overview.of-budget", { sum: money(sum) }));
  const rows: Parameters<typeof Figures>[0]["rows"] = [
    [t("overview.today"), money(spentToday), limit(budget?.daily_usd)],
    [t("overview.month"), money(total.spent_usd), limit(budget?.monthly_usd)],
    [t("fig.saved"), money(total.saved_usd)],
    [t("overview.requests"), number(total.requests)],
    [t("overview.success-rate"), total.success_rate === null ? "–" : percent(total.success_rate)],
    [t("overview.throughput"), total.requests_per_second === null ? "–" : t("per-second", { n: digits(total.requests_per_second, 3) })],
    [t("overview.breakers"), number(total.breaker_openings)],
    [t("overview.p95"), total.p95_seconds === null ? "–" : duration(total.p95_seconds)],
  ];
  return <Figures rows={rows} />;
}
