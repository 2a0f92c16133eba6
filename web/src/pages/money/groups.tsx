/** The same sums by provider, model, lane or tag. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { Stats, StatsGroup } from "../../api/types";
import { useWords } from "../../i18n";
import { Loaded } from "../../parts/loaded";
import { Tabs } from "../../parts/tabs";
import { href } from "../../route";

const DIMENSIONS = ["provider", "model", "lane", "tag"];

export function Groups({ since, until, by, days }: { since: string; until: string; by: string; days: number }) {
  const { t, word } = useWords();
  const chosen = DIMENSIONS.includes(by) ? by : "model";
  const polled = usePolled<Stats>("/v1/stats", { since, until, by: chosen }, () => COUNTS_MS);
  const tabs = DIMENSIONS.map((name) => ({ name, label: word("dimension", name), href: href(["money"], { days: String(days), by: name }) }));
  return (
    <section class="card">
      <Tabs label={t("money.dimension")} tabs={tabs} chosen={chosen} />
      <Loaded polled={polled}>{(stats) => <Table groups={stats.groups} by={chosen} />}</Loaded>
    </section>
  );
}

function Table({ groups, by }: { groups: StatsGroup[]; by: string }) {
  const { t, word, money, number, percent } = useWords();
  const dearest = [...groups].sort((a, b) => b.spent_usd - a.spent_usd);
  const said = (key: string) => (by === "model" || by === "tag" ? key || "–" : word(by, key));
  if (!groups.length) return <p class="muted">{t("money.no-groups")}</p>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>{word("dimension", by)}</th>
            <th class="right">{t("money.spent")}</th>
            <th class="right">{t("fig.saved")}</th>
            <th class="right">{t("money.requests")}</th>
            <th class="right">{t("overview.success-rate")}</th>
            <th class="right">{t("fig.tokens")}</th>
          </tr>
        </thead>
        <tbody>
          {dearest.map((each) => (
            <tr key={each.key}>
              <td>{said(each.key)}</td>
              <td class="right">{money(each.spent_usd)}</td>
              <td class="right">{money(each.saved_usd)}</td>
              <td class="right">{number(each.requests)}</td>
              <td class="right">{each.success_rate === null ? "–" : percent(each.success_rate)}</td>
              <td class="right">{number((each.tokens.input ?? 0) + (each.tokens.output ?? 0))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
