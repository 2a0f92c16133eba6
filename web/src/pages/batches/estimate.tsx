/** What a new batch will cost, in either lane, and what of its file is not taken. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { BudgetView, Cost, EstimateView } from "../../api/types";
import { useWords } from "../../i18n";
import { RejectedLines } from "../../parts/rejected";
import type { Chosen } from "./options";

export function EstimateCard({ told, chosen }: { told: EstimateView; chosen: Chosen }) {
  const { t, word, number } = useWords();
  const { estimate } = told;
  return (
    <section class="card" aria-label={t("create.estimate")}>
      <h2>{t("estimate.title", { n: estimate.requests })}</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>{t("col.lane")}</th>
              <th class="right">{t("col.expected")}</th>
              <th class="right">{t("col.most")}</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(estimate.lanes).map(([name, cost]) => (
              <tr key={name} class={name === chosen.mode ? "chosen" : ""}>
                <td>{word("lane", name)}</td>
                <Expected cost={cost} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {estimate.unpriced_requests > 0 && <p class="notice warn">{t("estimate.unpriced", { n: estimate.unpriced_requests })}</p>}
      <Fits told={told} chosen={chosen} />
      <RejectedLines count={told.rejected} lines={told.rejected_lines} />
      <details>
        <summary>{t("estimate.how")}</summary>
        {estimate.models.map((model) => (
          <p key={model.model}>
            <strong>{model.model}</strong>: {number(model.input_tokens)} + {number(model.output_tokens)} tokens. {model.assumed}
          </p>
        ))}
      </details>
    </section>
  );
}

function Expected({ cost }: { cost: Cost }) {
  const { t, money } = useWords();
  const said = (sum: number | null) => (sum === null ? t("price-unknown") : money(sum));
  return (
    <>
      <td class="right">{said(cost.expected_usd)}</td>
      <td class="right">{said(cost.most_usd)}</td>
    </>
  );
}

/** Whether it fits the batch's own budget and what is left of the tenant's. */
function Fits({ told, chosen }: { told: EstimateView; chosen: Chosen }) {
  const { t, money } = useWords();
  const budget = usePolled<BudgetView>("/v1/budget", {}, () => COUNTS_MS).data;
  const expected = told.estimate.lanes[chosen.mode === "batch" ? "batch" : "realtime"]?.expected_usd ?? null;
  if (expected === null) return null;
  const limits = [
    chosen.budget_usd ? Number(chosen.budget_usd) : Infinity,
    budget?.daily_usd != null ? budget.daily_usd - budget.today_usd : Infinity,
    budget?.monthly_usd != null ? budget.monthly_usd - budget.month_usd : Infinity,
  ];
  const left = Math.min(...limits);
  if (left === Infinity) return null;
  const share = Math.floor((told.estimate.requests * left) / expected);
  return left >= expected ? <p class="good">{t("estimate.fits", { left: money(left) })}</p> : <p class="notice warn">{t("estimate.too-dear", { left: money(Math.max(0, left)), n: Math.max(0, share) })}</p>;
}

export function TooLargeToEstimate() {
  const { t } = useWords();
  return <p class="notice">{t("estimate.too-large")}</p>;
}
