/** A batch's requests, with what became of each. */

import { ACTIVE_MS, usePolled } from "../../api/poll";
import type { BatchView, RequestPage, RequestRow } from "../../api/types";
import { useWords } from "../../i18n";
import { NoneMatch, NoneYet } from "../../parts/empty";
import { Loaded } from "../../parts/loaded";
import { Pages, usePaging } from "../../parts/pages";
import { Search } from "../../parts/search";
import { Tabs } from "../../parts/tabs";
import { href, refilter, type Route } from "../../route";
import { moves } from "./states";

const LIMIT = 50;
const STATUSES = ["", "pending", "succeeded", "failed", "expired", "cancelled"];

export function Requests({ batch, route }: { batch: BatchView; route: Route }) {
  const { t, word } = useWords();
  const [status, search] = [route.query.get("status") ?? "", route.query.get("search") ?? ""];
  const here = ["batches", batch.id];
  const tabs = STATUSES.map((name) => ({ name, label: word("status", name || "all"), href: href(here, { view: "requests", status: name, search }) }));
  return (
    <>
      <div class="filters">
        <Tabs label={t("filter.status")} tabs={tabs} chosen={status} />
        <Search label={t("filter.custom-id")} value={search} changed={(value) => refilter(route, { view: "requests", search: value })} />
      </div>
      {batch.progress?.total ? <Found batch={batch} status={status} search={search} /> : <NoneYet>{t("requests.none")}</NoneYet>}
    </>
  );
}

function Found({ batch, status, search }: { batch: BatchView; status: string; search: string }) {
  const paging = usePaging(`${batch.id} ${status} ${search}`);
  const query = { status, search, limit: LIMIT, cursor: paging.cursor };
  const pause = () => (moves(batch.state) ? 2 * ACTIVE_MS : null);
  const polled = usePolled<RequestPage>(`/v1/batches/${encodeURIComponent(batch.id)}/requests`, query, pause);
  return (
    <Loaded polled={polled}>
      {(page) => (
        <>
          {page.requests.length ? <Table batch={batch.id} rows={page.requests} /> : <Nothing batch={batch.id} cursor={page.cursor} />}
          <Pages paging={paging} next={page.cursor} />
        </>
      )}
    </Loaded>
  );
}

/** A page may be empty and have another behind it: what one call may read is limited. */
function Nothing({ batch, cursor }: { batch: string; cursor: string | null }) {
  const { t } = useWords();
  return cursor ? <NoneYet>{t("none-so-far")}</NoneYet> : <NoneMatch clear={href(["batches", batch])} />;
}

function Table({ batch, rows }: { batch: string; rows: RequestRow[] }) {
  const { t } = useWords();
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th class="right">{t("col.line")}</th>
            <th>{t("col.custom-id")}</th>
            <th>{t("col.status")}</th>
            <th>{t("col.error")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.custom_id} batch={batch} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const TONES: Record<string, string> = { succeeded: "good", failed: "bad", expired: "bad", cancelled: "still" };

function Row({ batch, row }: { batch: string; row: RequestRow }) {
  const { word, number } = useWords();
  return (
    <tr>
      <td class="right muted">{number(row.line)}</td>
      <td class="code">
        <a href={href(["batches", batch, "requests", row.custom_id])}>{row.custom_id}</a>
      </td>
      <td>
        <span class={`tag ${TONES[row.status] ?? "busy"}`}>{word("status", row.status)}</span>
      </td>
      <td class="clip">{row.error ? `${row.error.kind}: ${row.error.message}` : ""}</td>
    </tr>
  );
}
