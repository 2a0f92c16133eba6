/** Money: what was spent, by day and by whatever else, against the budget. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { Stats } from "../../api/types";
import { Columns } from "../../chart/columns";
import { useWords } from "../../i18n";
import { NoneYet } from "../../parts/empty";
import { Figures } from "../../parts/facts";
import { Loaded } from "../../parts/loaded";
import { Tabs } from "../../parts/tabs";
import { href, type Route } from "../../route";
import { Budget } from "./budget";
import { Groups, USUAL_BY } from "./groups";
import { Suggested } from "./suggested";

const PERIODS = [7, 30, 90];
const USUAL = 30;
const DAY_MS = 86_400_000;

export function MoneyPage({ route }: { route: Route }) {
  const { t } = useWords();
  const days = PERIODS.find((each) => String(each) === route.query.get("days")) ?? USUAL;
  const by = route.query.get("by") ?? USUAL_BY;
  const range = { since: day(days - 1), until: day(0) };
  const polled = usePolled<Stats>("/v1/stats", { ...range, by: "day" }, () => COUNTS_MS);
  const tabs = PERIODS.map((each) => ({ name: String(each), label: t("money.days", { n: each }), href: href(["money"], { days: String(each), by }) }));
  return (
    <>
      <h1>{t("nav.money")}</h1>
      <Budget />
      <Tabs label={t("money.period")} tabs={tabs} chosen={String(days)} />
      <Loaded polled={polled}>{(stats) => <Period stats={stats} days={days} by={by} />}</Loaded>
    </>
  );
}

function Period({ stats, days, by }: { stats: Stats; days: number; by: string }) {
  const { t, money, number, period } = useWords();
  const { total } = stats;
  if (!total.jobs) return <NoneYet>{t("money.none")}</NoneYet>;
  const spent = new Map(stats.groups.map((each) => [each.key, each.spent_usd]));
  const columns = Array.from({ length: days }, (_, at) => day(days - 1 - at)).map((each) => ({ key: each, when: period(each, "D"), values: [spent.get(each) ?? 0] }));
  return (
    <>
      <section class="card">
        <Figures
          rows={[
            [t("money.spent"), money(total.spent_usd)],
            [t("money.list"), money(total.list_usd)],
            [t("fig.saved"), money(total.saved_usd)],
            [t("money.jobs"), number(total.jobs)],
            [t("money.requests"), number(total.requests)],
          ]}
        />
        {total.unpriced_requests > 0 && <p class="notice warn">{t("estimate.unpriced", { n: total.unpriced_requests })}</p>}
      </section>
      <section class="card">
        <h2>{t("money.by-day")}</h2>
        <Columns columns={columns} parts={[{ name: t("money.spent") }]} label={t("money.by-day")} time={t("money.day")} said={money} />
        <p class="muted small">{t("overview.counts-ended")}</p>
      </section>
      <Groups since={stats.since} until={stats.until} by={by} days={days} />
      <Suggested since={stats.since} until={stats.until} />
    </>
  );
}

/** So many days ago, in UTC as the API counts days. */
function day(ago: number): string {
  return new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);
}
