/** The streams that there are, and how long each is kept. */

import { put } from "../../api/http";
import { COUNTS_MS, usePolled } from "../../api/poll";
import type { Streams, StreamView } from "../../api/types";
import { useWords } from "../../i18n";
import { Fields } from "../../parts/fields";
import { Loaded } from "../../parts/loaded";
import { ListTable } from "../../parts/table";
import { href } from "../../route";

export function StreamList() {
  const { t } = useWords();
  const polled = usePolled<Streams>("/v1/logs/streams", {}, () => COUNTS_MS);
  return (
    <details class="card">
      <summary>{t("journal.streams")}</summary>
      <Loaded polled={polled}>{({ streams }) => (streams.length ? <Table streams={streams} refresh={polled.refresh} /> : <p class="muted">{t("journal.none")}</p>)}</Loaded>
    </details>
  );
}

function Table({ streams, refresh }: { streams: StreamView[]; refresh: () => void }) {
  const { t, date } = useWords();
  const keep = (stream: string) => (given: Record<string, string>) =>
    put(`/v1/logs/streams/${encodeURIComponent(stream)}`, { retention_days: Number(given["days"]) }).then(refresh);
  return (
    <ListTable
      heads={
        <>
          <th>{t("journal.stream-name")}</th>
          <th>{t("journal.oldest")}</th>
          <th>{t("journal.kept")}</th>
        </>
      }
    >
      {streams.map((each) => (
        <tr key={each.stream}>
          <td>
            <a href={href(["journal"], { stream: each.stream })}>{each.stream}</a>
          </td>
          <td class="muted">{date(each.since)}</td>
          <td>
            <Fields rows={[{ name: "days", label: t("journal.days"), kind: "number", required: true, value: String(each.retention_days) }]} label={t("journal.keep")} send={keep(each.stream)} />
          </td>
        </tr>
      ))}
    </ListTable>
  );
}
