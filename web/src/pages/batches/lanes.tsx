/** The ways that the requests go to the provider, each with its batches there. */

import type { BatchView, ShardView } from "../../api/types";
import { useWords } from "../../i18n";
import { NoneYet } from "../../parts/empty";

const MOST = 50;

export function Lanes({ batch }: { batch: BatchView }) {
  const { t, word } = useWords();
  const lanes = Object.entries(batch.lanes ?? {});
  if (!lanes.length) return <NoneYet>{t("lanes.none")}</NoneYet>;
  return (
    <>
      {batch.lane_reason && <p class="muted">{t("lanes.why", { why: batch.lane_reason })}</p>}
      {lanes.map(([name, lane]) => (
        <section key={name}>
          <h2>
            {word("lane", name)} <span class="muted">{t("settled-of", { done: lane.done, total: lane.requests })}</span>
          </h2>
          <Shards shards={lane.shards} />
        </section>
      ))}
    </>
  );
}

/** Those that are open first. */
function Shards({ shards }: { shards: ShardView[] }) {
  const { t } = useWords();
  const sorted = [...shards].sort((a, b) => Number(a.state === "collected") - Number(b.state === "collected") || a.number - b.number);
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th class="right">{t("col.shard")}</th>
            <th>{t("col.state")}</th>
            <th class="right">{t("col.requests")}</th>
            <th class="right">{t("col.done")}</th>
            <th>{t("col.provider-batch")}</th>
            <th>{t("col.submitted")}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, MOST).map((shard) => (
            <Shard key={`${shard.number}-${shard.round}`} shard={shard} />
          ))}
        </tbody>
      </table>
      {sorted.length > MOST && <p class="muted">{t("more-rows", { n: sorted.length - MOST })}</p>}
    </div>
  );
}

function Shard({ shard }: { shard: ShardView }) {
  const { t, word, number, date } = useWords();
  return (
    <tr>
      <td class="right">{number(shard.number)}</td>
      <td>
        {word("shard", shard.state)}
        {shard.stuck_since && <div class="warn">{t("shard.stuck", { since: date(shard.stuck_since) })}</div>}
        {shard.failed_over_at && <div class="warn">{t("shard.failed-over", { at: date(shard.failed_over_at) })}</div>}
        {!!shard.paid_twice && <div class="warn">{t("shard.paid-twice", { n: shard.paid_twice })}</div>}
      </td>
      <td class="right">{number(shard.requests)}</td>
      <td class="right">{number(shard.state === "collected" ? shard.requests : shard.done)}</td>
      <td class="code">{shard.batch ?? "–"}</td>
      <td class="muted">{shard.submitted_at ? date(shard.submitted_at) : "–"}</td>
    </tr>
  );
}
