/** The tenant's budget of a day and a month, how much of it is spent or set aside, and an alarm near its end. */

import { put } from "../../api/http";
import { COUNTS_MS, usePolled } from "../../api/poll";
import type { BudgetView } from "../../api/types";
import { useWords } from "../../i18n";
import { Fields } from "../../parts/fields";
import { Loaded } from "../../parts/loaded";
import { Share } from "../../parts/share";

const ALARM = 0.8;

export function Budget() {
  const polled = usePolled<BudgetView>("/v1/budget", {}, () => COUNTS_MS);
  return <Loaded polled={polled}>{(budget) => <Shown budget={budget} refresh={polled.refresh} />}</Loaded>;
}

function Shown({ budget, refresh }: { budget: BudgetView; refresh: () => void }) {
  const { t } = useWords();
  const rows = [
    { name: "daily_usd", label: t("money.daily"), kind: "number" as const, value: text(budget.daily_usd) },
    { name: "monthly_usd", label: t("money.monthly"), kind: "number" as const, value: text(budget.monthly_usd) },
  ];
  const set = (given: Record<string, string>) =>
    put("/v1/budget", { daily_usd: given.daily_usd ? Number(given.daily_usd) : null, monthly_usd: given.monthly_usd ? Number(given.monthly_usd) : null }).then(refresh);
  return (
    <section class="card">
      <h2>{t("money.budget")}</h2>
      <div class="side-by-side">
        <Part label={t("money.today")} spent={budget.today_usd} limit={budget.daily_usd} />
        <Part label={t("money.this-month")} spent={budget.month_usd} limit={budget.monthly_usd} />
      </div>
      <details>
        <summary>{t("money.change-budget")}</summary>
        <p class="muted small">{t("money.budget-hint")}</p>
        <Fields rows={rows} label={t("act.save")} send={set} />
      </details>
    </section>
  );
}

function Part({ label, spent, limit }: { label: string; spent: number; limit: number | null }) {
  const { t, money, percent } = useWords();
  return (
    <div>
      <p>
        <span class="muted">{label}</span> <strong>{money(spent)}</strong> <span class="muted">{limit === null ? t("money.no-budget") : t("overview.of-budget", { sum: money(limit) })}</span>
      </p>
      {limit !== null && <Share used={spent} limit={limit} label={label} />}
      {limit !== null && spent >= ALARM * limit && <p class="notice warn">{spent >= limit ? t("money.used-up") : t("money.nearly-used-up", { part: percent(spent / limit) })}</p>}
    </div>
  );
}

function text(limit: number | null): string {
  return limit === null ? "" : String(limit);
}
