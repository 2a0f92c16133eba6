/** What can be done with a batch in its state. */

import { post, remove } from "../../api/http";
import type { BatchView } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { Download } from "../../parts/downloads";
import { go } from "../../route";
import { isOver, moves } from "./states";

const FORMATS = ["jsonl", "csv", "parquet"];

/** Answers that may be asked for again, by the API's name, and where their number stands. */
const POOR = ["truncated", "empty", "filtered"] as const;

function AgainPoor({ batch, what, path, refresh }: { batch: BatchView; what: (typeof POOR)[number]; path: string; refresh: () => void }) {
  const { t, word } = useWords();
  const ends = batch.finish_reasons ?? {};
  const n = { truncated: ends.length ?? 0, empty: batch.empty ?? 0, filtered: ends.refusal ?? 0 }[what];
  if (!n) return null;
  return (
    <Act act={() => post(`${path}/retry`, { what: [what] }).then(refresh)} confirm={t("confirm.ask-again", { n })}>
      {word("retry", what)}
    </Act>
  );
}

export function BatchActions({ batch, refresh }: { batch: BatchView; refresh: () => void }) {
  const { t, word } = useWords();
  const path = `/v1/batches/${encodeURIComponent(batch.id)}`;
  const steer = (verb: string) => () => post(`${path}/${verb}`).then(refresh);
  const forget = () => remove(path).then(() => go(["batches"]));
  const { failed = 0 } = batch.progress;
  const open = Math.max(0, (batch.progress?.total ?? 0) - (batch.progress?.done ?? 0));
  const again = batch.state === "cancelled" ? failed + open : failed;
  const name = batch.name ?? batch.id;
  return (
    <div class="actions">
      {batch.state === "draft" && <Act act={steer("process")} quiet={false}>{t("act.start")}</Act>}
      {isOver(batch.state) && batch.state !== "failed" && FORMATS.map((format) => <Download key={format} path={`${path}/results`} query={{ format }} label={t("act.download", { format: word("export", format) })} />)}
      {isOver(batch.state) && (again > 0 || batch.state === "failed") && <Act act={steer("retry")} confirm={t("confirm.retry", { n: again })}>{t("act.retry")}</Act>}
      {isOver(batch.state) && POOR.map((what) => <AgainPoor key={what} batch={batch} what={what} path={path} refresh={refresh} />)}
      {batch.state === "running" && <Act act={steer("pause")}>{t("act.pause")}</Act>}
      {batch.state === "paused" && <Act act={steer("resume")}>{t("act.resume")}</Act>}
      {(moves(batch.state) || batch.state === "paused") && batch.state !== "cancelling" && <Act act={steer("cancel")} confirm={t("confirm.cancel", { n: open, name })}>{t("act.cancel")}</Act>}
      {batch.state !== "deleting" && <Act act={forget} confirm={t("confirm.delete", { name, n: batch.progress?.total ?? 0 })}>{t("act.delete")}</Act>}
    </div>
  );
}
