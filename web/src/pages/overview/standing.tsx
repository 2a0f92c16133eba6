/** Whether all that the service stands on answers: tables, queues, machines, providers. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { Health } from "../../api/types";
import { useWords } from "../../i18n";

export function Standing() {
  const { t } = useWords();
  const polled = usePolled<Health>("/v1/health/details", {}, () => COUNTS_MS);
  const checks = Object.entries(polled.data?.checks ?? {});
  const failing = checks.filter(([, check]) => !check.ok);
  if (!checks.length) return null;
  return (
    <details class="card" open={failing.length > 0}>
      <summary>{failing.length ? t("overview.failing", { n: failing.length }) : t("overview.answers", { n: checks.length })}</summary>
      <ul class="plain matters">
        {[...failing, ...checks.filter(([, check]) => check.ok)].map(([name, check]) => (
          <li key={name}>
            <span class={`tag ${check.ok ? "good" : "bad"}`}>{t(check.ok ? "overview.ok" : "overview.down")}</span>
            <span>{name}</span>
            {check.error && <p class="muted">{check.error}</p>}
          </li>
        ))}
      </ul>
    </details>
  );
}
