/** What was delivered to an endpoint: each event with its last try, and the way to send it once more. */

import { post } from "../../api/http";
import { IDLE_MS, usePolled } from "../../api/poll";
import type { Delivery, DeliveryPage } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { NoneYet } from "../../parts/empty";
import { Loaded } from "../../parts/loaded";
import { Pages, usePaging } from "../../parts/pages";
import { ListTable } from "../../parts/table";
import { href } from "../../route";

const LIMIT = 50;
const LOOKS = { pending: "warn", delivered: "good", failed: "bad" } as const;

export function Deliveries({ id }: { id: string }) {
  const { t } = useWords();
  const paging = usePaging(id);
  const path = `/v1/webhooks/${encodeURIComponent(id)}/deliveries`;
  const polled = usePolled<DeliveryPage>(path, { limit: LIMIT, cursor: paging.cursor }, () => (paging.page === 1 ? IDLE_MS : null));
  return (
    <>
      <p>
        <a href={href(["settings", "webhooks"])}>{t("webhook.back")}</a>
      </p>
      <h2>
        {t("webhook.deliveries")} <span class="code muted">{id}</span>
      </h2>
      <Loaded polled={polled}>
        {(page) => (
          <>
            {page.deliveries.length ? <Table deliveries={page.deliveries} path={path} refresh={polled.refresh} /> : <NoneYet>{t("webhook.no-deliveries")}</NoneYet>}
            <Pages paging={paging} next={page.cursor} />
          </>
        )}
      </Loaded>
    </>
  );
}

/** How it stands, and what the last try was answered. */
export function Outcome({ shown }: { shown: Delivery }) {
  const { word } = useWords();
  const state = shown.state ?? "pending";
  const last = shown.tries?.at(-1);
  return (
    <>
      <span class={`tag ${LOOKS[state]}`}>{word("delivery", state)}</span> {last?.status}
      {state !== "delivered" && <div class="muted clip">{last?.said}</div>}
    </>
  );
}

function Table({ deliveries, path, refresh }: { deliveries: Delivery[]; path: string; refresh: () => void }) {
  const { t } = useWords();
  return (
    <ListTable
      heads={
        <>
          <th>{t("webhook.event")}</th>
          <th>{t("webhook.told")}</th>
          <th>{t("webhook.state")}</th>
          <th>{t("webhook.tries")}</th>
          <th>{t("col.actions")}</th>
        </>
      }
    >
      {deliveries.map((each) => (
        <Row key={each.event} shown={each} path={path} refresh={refresh} />
      ))}
    </ListTable>
  );
}

function Row({ shown, path, refresh }: { shown: Delivery; path: string; refresh: () => void }) {
  const { t, word, date, number } = useWords();
  return (
    <tr>
      <td>
        {word("event", shown.type)}
        <div class="muted code">{shown.event}</div>
      </td>
      <td data-label={t("webhook.told")}>{date(shown.created_at)}</td>
      <td data-label={t("webhook.state")}>
        <Outcome shown={shown} />
      </td>
      <td data-label={t("webhook.tries")}>
        {number(shown.tries?.length ?? 0)}
        {shown.next_try_at && <div class="muted">{t("webhook.next", { at: date(shown.next_try_at) })}</div>}
      </td>
      <td>
        <Act act={() => post(`${path}/${encodeURIComponent(shown.event)}/replay`).then(refresh)}>{t("act.replay")}</Act>
      </td>
    </tr>
  );
}
