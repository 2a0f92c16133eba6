/** What the operator lets the tenant use, and what is used of it. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { QuotaUsage, QuotaUse } from "../../api/types";
import { useWords } from "../../i18n";
import { Facts } from "../../parts/facts";
import { Loaded } from "../../parts/loaded";
import { Share } from "../../parts/share";
import type { Route } from "../../route";

const QUOTAS = ["calls_per_minute", "open_jobs", "requests_per_day", "series_per_day", "stored_bytes", "concurrency", "daily_usd", "monthly_usd"] as const;
type Quota = (typeof QUOTAS)[number];

export function Quotas(_: { route: Route }) {
  const { t } = useWords();
  const polled = usePolled<QuotaUsage>("/v1/usage", {}, () => COUNTS_MS);
  return (
    <Loaded polled={polled}>
      {(usage) => (
        <>
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th>{t("quota.what")}</th>
                  <th class="right">{t("quota.used")}</th>
                  <th class="right">{t("quota.limit")}</th>
                  <th>{t("quota.share")}</th>
                </tr>
              </thead>
              <tbody>
                {QUOTAS.map((name) => (
                  <Row key={name} name={name} use={usage[name]} />
                ))}
              </tbody>
            </table>
          </div>
          <Allowed usage={usage} />
        </>
      )}
    </Loaded>
  );
}

function Row({ name, use }: { name: Quota; use: QuotaUse }) {
  const { t, word, number, bytes, money, date } = useWords();
  const said = (value: number) => (name.endsWith("_usd") ? money(value) : name.endsWith("_bytes") ? bytes(value) : number(value));
  return (
    <tr>
      <td>
        {word("quota", name)}
        {use.resets_at && <div class="muted">{t("quota.resets", { at: date(use.resets_at) })}</div>}
      </td>
      <td class="right">{use.used == null ? "–" : said(use.used)}</td>
      <td class="right">{use.limit == null ? t("quota.none") : said(use.limit)}</td>
      <td class="share">{use.limit != null && use.used != null && <Share used={use.used} limit={use.limit} label={word("quota", name)} />}</td>
    </tr>
  );
}

function Allowed({ usage }: { usage: QuotaUsage }) {
  const { t, word, date } = useWords();
  return (
    <Facts
      rows={[
        [t("quota.providers"), usage.providers?.map((each) => word("provider", each)).join(", ") ?? t("quota.all")],
        [t("quota.models"), usage.models?.join(", ") ?? t("quota.all")],
        [t("quota.stored-at"), usage.stored_at && date(usage.stored_at)],
      ]}
    />
  );
}
