/** How the batch was asked for, and when what happened to it. */

import type { BatchView } from "../../api/types";
import { useWords } from "../../i18n";
import { Facts, type FactRow } from "../../parts/facts";
import { Timeline } from "./timeline";

export function BatchFacts({ batch }: { batch: BatchView }) {
  const { t, word, date, money } = useWords();
  const when = (iso: string | null) => iso && date(iso);
  const rows: FactRow[] = [
    [t("fact.id"), <span class="code">{batch.id}</span>],
    [t("opt.provider"), batch.provider],
    [t("opt.model"), batch.model ?? t("opt.default-model")],
    [t("opt.mode"), batch.lane && batch.mode !== "auto" ? null : word("mode", batch.mode)],
    [t("fact.lane"), batch.lane && word("lane", batch.lane)],
    [t("opt.priority"), word("priority", batch.priority)],
    [t("opt.deadline"), when(batch.deadline)],
    [t("opt.budget"), batch.budget_usd != null ? money(batch.budget_usd) : null],
    [t("fact.description"), batch.description],
    [t("fact.tags"), batch.tags.join(", ")],
    ...Object.entries(batch.metadata).map(([name, value]): FactRow => [name, value]),
  ];
  return (
    <section class="card">
      <Facts rows={rows} />
      <h2>{t("happened.title")}</h2>
      <Timeline batch={batch} />
      {batch.estimate?.models.map((model) => (
        <p key={model.model} class="muted">
          {model.model}: {model.assumed}
        </p>
      ))}
    </section>
  );
}
