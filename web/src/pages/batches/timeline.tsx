/** What happened to a batch, and when. */

import type { BatchView, ShardView } from "../../api/types";
import { useWords } from "../../i18n";

type Event = [at: string, said: string];
/** Submissions that are shown one by one; of more, the first and the last. */
const FEW = 6;

export function Timeline({ batch }: { batch: BatchView }) {
  const { t, word, date } = useWords();
  const shards = Object.values(batch.lanes ?? {}).flatMap((lane) => lane.shards);
  const about = (shard: ShardView) => ({ number: shard.number, n: shard.requests });
  const events: (Event | null)[] = [
    [batch.created_at, t("happened.created")],
    batch.started_at ? [batch.started_at, t("happened.started")] : null,
    ...few(shards.filter((each) => each.submitted_at)).map((each): Event => [each.submitted_at ?? "", t("happened.submitted", about(each))]),
    ...shards.map((each): Event | null => (each.stuck_since ? [each.stuck_since, t("happened.stuck", about(each))] : null)),
    ...shards.map((each): Event | null => (each.failed_over_at ? [each.failed_over_at, t("happened.failed-over", about(each))] : null)),
    ...(batch.waiting_for ?? []).map((each): Event => [each.since, t("happened.waits", { what: word("waiting", each.reason) })]),
    batch.finished_at ? [batch.finished_at, word("state", batch.state)] : null,
  ];
  const happened = events.filter((each): each is Event => each !== null).sort(([a], [b]) => a.localeCompare(b));
  return (
    <ol class="plain timeline">
      {happened.map(([at, said]) => (
        <li key={at + said}>
          <time dateTime={at}>{date(at)}</time> {said}
        </li>
      ))}
    </ol>
  );
}

function few(shards: ShardView[]): ShardView[] {
  const sorted = [...shards].sort((a, b) => (a.submitted_at ?? "").localeCompare(b.submitted_at ?? ""));
  return sorted.length <= FEW ? sorted : [...sorted.slice(0, 1), ...sorted.slice(-1)];
}
