/** The tenant's keys: who may do what, since when, and until when. */

import { useState } from "preact/hooks";
import { post, remove } from "../../api/http";
import { COUNTS_MS, usePolled } from "../../api/poll";
import type { IssuedKey } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { Loaded } from "../../parts/loaded";
import { ListTable } from "../../parts/table";
import type { Route } from "../../route";
import { Issued } from "./issued";
import { NewKey } from "./new-key";

type ApiKey = Omit<IssuedKey, "tenant" | "key">;
const OVERLAP_HOURS = 24;

export function Keys(_: { route: Route }) {
  const { t } = useWords();
  const polled = usePolled<{ keys: ApiKey[] }>("/v1/keys", {}, () => COUNTS_MS);
  const [issued, setIssued] = useState<IssuedKey | null>(null);
  const made = (key: IssuedKey) => {
    setIssued(key);
    polled.refresh();
  };
  return (
    <>
      {issued && <Issued said={t("key.shown-once", { name: issued.name || issued.id })} secret={issued.key} done={() => setIssued(null)} />}
      <NewKey made={made} />
      <Loaded polled={polled}>{({ keys }) => <Table keys={keys} made={made} refresh={polled.refresh} />}</Loaded>
    </>
  );
}

interface TableProps {
  keys: ApiKey[];
  made: (key: IssuedKey) => void;
  refresh: () => void;
}

function Table({ keys, made, refresh }: TableProps) {
  const { t } = useWords();
  return (
    <ListTable
      heads={
        <>
          <th>{t("col.name")}</th>
          <th>{t("key.role")}</th>
          <th>{t("key.scopes")}</th>
          <th>{t("key.expires")}</th>
          <th>{t("key.last-used")}</th>
          <th>{t("col.actions")}</th>
        </>
      }
    >
      {keys.map((key) => (
        <Row key={key.id} shown={key} made={made} refresh={refresh} />
      ))}
    </ListTable>
  );
}

function Row({ shown, made, refresh }: { shown: ApiKey; made: TableProps["made"]; refresh: () => void }) {
  const { t, word, date, period } = useWords();
  const path = `/v1/keys/${encodeURIComponent(shown.id)}`;
  const name = shown.name || shown.id;
  const scopes = shown.scopes ?? [];
  return (
    <tr>
      <td>
        {name}
        <div class="muted">{t("key.created", { at: date(shown.created_at) })}</div>
      </td>
      <td data-label={t("key.role")}>{word("role", shown.role ?? "owner")}</td>
      <td data-label={t("key.scopes")}>{scopes.length ? scopes.map((each) => word("service", each)).join(", ") : t("key.all-services")}</td>
      <td data-label={t("key.expires")}>{shown.expires_at ? date(shown.expires_at) : t("key.never")}</td>
      <td data-label={t("key.last-used")}>{shown.last_used_on ? period(shown.last_used_on, "D") : "–"}</td>
      <td>
        <div class="actions">
          <Act act={() => post<IssuedKey>(`${path}/rotate`, { overlap_hours: OVERLAP_HOURS }).then(made)} confirm={t("confirm.rotate", { name, hours: OVERLAP_HOURS })}>
            {t("act.rotate")}
          </Act>
          <Act act={() => remove(path).then(refresh)} confirm={t("confirm.revoke", { name })}>
            {t("act.revoke")}
          </Act>
        </div>
      </td>
    </tr>
  );
}
