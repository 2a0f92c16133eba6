/** What jobs of all kinds cost, by several things at once: each is a link that adds it or takes it away. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { MoneyGroup, MoneyView } from "../../api/types";
import { useWords } from "../../i18n";
import { Loaded } from "../../parts/loaded";
import { href } from "../../route";

const DIMENSIONS = ["day", "kind", "provider", "model", "lane", "template", "tag", "key"];
export const USUAL_BY = "model";
const SHOWN = 200;
/** What forecasts have in a model's place. */
const FORECAST = "forecast";

export function Groups({ since, until, by, days }: { since: string; until: string; by: string; days: number }) {
  const { t, word } = useWords();
  const asked = by.split(",").filter((name) => DIMENSIONS.includes(name));
  const chosen = asked.length ? asked : [USUAL_BY];
  const polled = usePolled<MoneyView>("/v1/stats/money", { since, until, by: chosen.join(",") }, () => COUNTS_MS);
  const without = (name: string) => (chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name]);
  return (
    <section class="card">
      <h2>{t("money.by-several")}</h2>
      <nav class="tabs" aria-label={t("money.dimension")}>
        {DIMENSIONS.map((name) => (
          <a key={name} href={href(["money"], { days: String(days), by: without(name).join(",") })} aria-current={chosen.includes(name) ? "true" : undefined}>
            {word("dimension", name)}
          </a>
        ))}
      </nav>
      <Loaded polled={polled}>{(money) => <Table groups={money.groups} by={chosen} />}</Loaded>
      <p class="muted small">{t("money.all-kinds")}</p>
    </section>
  );
}

function Table({ groups, by }: { groups: MoneyGroup[]; by: string[] }) {
  const { t, word, money, number } = useWords();
  if (!groups.length) return <p class="muted">{t("money.no-groups")}</p>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {by.map((name) => (
              <th key={name}>{word("dimension", name)}</th>
            ))}
            <th class="right">{t("money.spent")}</th>
            <th class="right">{t("money.list")}</th>
            <th class="right">{t("fig.saved")}</th>
            <th class="right">{t("money.jobs")}</th>
            <th class="right">{t("money.requests")}</th>
          </tr>
        </thead>
        <tbody>
          {groups.slice(0, SHOWN).map((each) => (
            <tr key={JSON.stringify(each.of)}>
              {by.map((name) => (
                <td key={name}>
                  <Value dimension={name} value={each.of[name] ?? null} />
                </td>
              ))}
              <td class="right">{money(each.spent_usd)}</td>
              <td class="right">{money(each.list_usd)}</td>
              <td class="right">{money(each.saved_usd)}</td>
              <td class="right">{number(each.jobs)}</td>
              <td class="right">{number(each.requests)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {groups.length > SHOWN && <p class="muted">{t("money.more-groups", { n: groups.length - SHOWN })}</p>}
    </div>
  );
}

function Value({ dimension, value }: { dimension: string; value: string | null }) {
  const { t, word, period } = useWords();
  if (value === null) return <>–</>;
  if (dimension === "model" && value === FORECAST) return <>{t("job-kind.forecast")}</>;
  if (dimension === "day") return <>{period(value, "D")}</>;
  return <>{word(dimension === "kind" ? "job-kind" : dimension, value)}</>;
}
