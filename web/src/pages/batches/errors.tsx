/** What went wrong, by cause: how many, with which codes, and examples that lead to the request. */

import { ACTIVE_MS, usePolled } from "../../api/poll";
import type { BatchView, ErrorKind, ErrorReport } from "../../api/types";
import { useWords } from "../../i18n";
import { NoneYet } from "../../parts/empty";
import { Loaded } from "../../parts/loaded";
import { href } from "../../route";
import { moves } from "./states";

export function BatchErrors({ batch }: { batch: BatchView }) {
  const { t } = useWords();
  const pause = (report: ErrorReport) => (moves(report.state) ? 2 * ACTIVE_MS : null);
  const polled = usePolled<ErrorReport>(`/v1/batches/${encodeURIComponent(batch.id)}/errors`, {}, pause);
  return (
    <Loaded polled={polled}>
      {(report) => (report.errors.length ? report.errors.map((kind) => <Cause key={kind.kind} batch={batch.id} cause={kind} />) : <NoneYet>{t("errors.none")}</NoneYet>)}
    </Loaded>
  );
}

function Cause({ batch, cause }: { batch: string; cause: ErrorKind }) {
  const { t, word, number } = useWords();
  const codes = Object.entries(cause.codes).map(([code, count]) => `${code} × ${number(count)}`);
  return (
    <section class="card">
      <h2>
        {word("fault", cause.kind)} <span class="count">{number(cause.count)}</span>
      </h2>
      {codes.length > 0 && <p class="muted">{t("errors.codes", { codes: codes.join(", ") })}</p>}
      <ul class="plain">
        {cause.examples.map((each) => (
          <li key={each.custom_id}>
            <a class="code" href={href(["batches", batch, "requests", each.custom_id])}>
              {each.custom_id}
            </a>{" "}
            {each.message}
          </li>
        ))}
      </ul>
    </section>
  );
}
