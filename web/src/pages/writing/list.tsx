/** Writing sessions: each learns a style from documents and writes in it. */

import { post } from "../../api/http";
import { IDLE_MS, usePolled } from "../../api/poll";
import type { SessionPage, SessionView } from "../../api/types";
import { useWords } from "../../i18n";
import { NoneYet } from "../../parts/empty";
import { Fields, type FieldRow } from "../../parts/fields";
import { Loaded } from "../../parts/loaded";
import { Pages, usePaging } from "../../parts/pages";
import { ListTable } from "../../parts/table";
import { go, href } from "../../route";

const LIMIT = 50;

export function SessionList() {
  const { t } = useWords();
  const paging = usePaging("sessions");
  const polled = usePolled<SessionPage>("/v1/sessions", { limit: LIMIT, cursor: paging.cursor }, () => IDLE_MS);
  return (
    <>
      <h1>{t("nav.writing")}</h1>
      <NewSession />
      <Loaded polled={polled}>
        {(page) => (
          <>
            {page.sessions.length ? <Table sessions={page.sessions} /> : <NoneYet>{t("writing.none")}</NoneYet>}
            <Pages paging={paging} next={page.cursor} />
          </>
        )}
      </Loaded>
    </>
  );
}

function NewSession() {
  const { t } = useWords();
  const rows: FieldRow[] = [
    { name: "name", label: t("opt.name"), required: true },
    { name: "language", label: t("writing.language") },
    { name: "tone", label: t("writing.tone") },
  ];
  const open = async (given: Record<string, string>) => {
    const made = await post<SessionView>("/v1/sessions", given, crypto.randomUUID());
    go(["writing", made.id]);
  };
  return (
    <details class="card">
      <summary>{t("writing.new")}</summary>
      <Fields rows={rows} label={t("writing.open")} send={open} />
    </details>
  );
}

function Table({ sessions }: { sessions: SessionView[] }) {
  const { t, word, date, money, number } = useWords();
  return (
    <ListTable
      heads={
        <>
          <th>{t("col.name")}</th>
          <th>{t("col.state")}</th>
          <th class="right">{t("writing.jobs")}</th>
          <th class="right">{t("col.cost")}</th>
          <th>{t("writing.last-activity")}</th>
        </>
      }
    >
      {sessions.map((each) => (
        <tr key={each.id}>
          <td>
            <a href={href(["writing", each.id])}>{each.name ?? each.id}</a>
          </td>
          <td>
            <span class={`tag ${each.state === "trained" ? "good" : "still"}`}>{word("session", each.state)}</span>
          </td>
          <td class="right">{number(each.jobs ?? 0)}</td>
          <td class="right">{money(each.cost_usd ?? 0)}</td>
          <td class="muted">{date(each.last_activity)}</td>
        </tr>
      ))}
    </ListTable>
  );
}
