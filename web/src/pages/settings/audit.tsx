/** Who changed what, and what a key was denied: the newest first. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { AuditEntry, AuditPage } from "../../api/types";
import { useWords } from "../../i18n";
import { NoneMatch, NoneYet } from "../../parts/empty";
import { Loaded } from "../../parts/loaded";
import { Pages, usePaging } from "../../parts/pages";
import { ListTable } from "../../parts/table";
import { href, refilter, type Route } from "../../route";
import { moment } from "../../zone";

const LIMIT = 50;

export function AuditLog({ route }: { route: Route }) {
  const { t } = useWords();
  const [since, until] = [route.query.get("since") ?? "", route.query.get("until") ?? ""];
  const paging = usePaging(`${since} ${until}`);
  const query = { since: since && moment(since), until: until && moment(until), limit: LIMIT, cursor: paging.cursor };
  const polled = usePolled<AuditPage>("/v1/audit", query, () => (paging.page === 1 ? COUNTS_MS : null));
  const field = (name: string, label: string, value: string) => (
    <label>
      {label}
      <input type="datetime-local" value={value} onChange={(event) => refilter(route, { [name]: event.currentTarget.value })} />
    </label>
  );
  return (
    <>
      <div class="fields">
        {field("since", t("audit.since"), since)}
        {field("until", t("audit.until"), until)}
      </div>
      <Loaded polled={polled}>
        {(page) => (
          <>
            {page.entries.length ? <Table entries={page.entries} /> : since || until ? <NoneMatch clear={href(["settings", "audit"])} /> : <NoneYet>{t("audit.none")}</NoneYet>}
            <Pages paging={paging} next={page.cursor} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Table({ entries }: { entries: AuditEntry[] }) {
  const { t } = useWords();
  return (
    <ListTable
      heads={
        <>
          <th>{t("audit.at")}</th>
          <th>{t("audit.who")}</th>
          <th>{t("audit.what")}</th>
          <th>{t("audit.outcome")}</th>
          <th>{t("audit.from")}</th>
        </>
      }
    >
      {entries.map((entry) => (
        <Row key={`${entry.at} ${entry.request}`} entry={entry} />
      ))}
    </ListTable>
  );
}

function Row({ entry }: { entry: AuditEntry }) {
  const { date } = useWords();
  return (
    <tr>
      <td>{date(entry.at)}</td>
      <td class="code">{entry.who}</td>
      <td>
        <span class="code">{entry.what}</span>
        <div class="muted code">{entry.made ?? entry.path}</div>
      </td>
      <td>
        <Outcome entry={entry} />
      </td>
      <td class="clip">
        {entry.source}
        <div class="muted">{entry.agent}</div>
      </td>
    </tr>
  );
}

function Outcome({ entry }: { entry: AuditEntry }) {
  const { t } = useWords();
  if (entry.denied) return <span class="tag bad">{t("audit.denied", { n: entry.denied })}</span>;
  if (entry.status == null) return <span class="tag warn">{t("audit.cut-short")}</span>;
  return <span class={`tag ${entry.status < 400 ? "good" : "bad"}`}>{entry.status}</span>;
}
