/** Where events are told: endpoints, and what was delivered to one of them. */

import { useState } from "preact/hooks";
import { patch, post, remove } from "../../api/http";
import { COUNTS_MS, usePolled } from "../../api/poll";
import type { Delivery, IssuedEndpoint, IssuedSecret, WebhookEndpoint } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { NoneYet } from "../../parts/empty";
import { Loaded } from "../../parts/loaded";
import { ListTable } from "../../parts/table";
import { href, type Route } from "../../route";
import { Deliveries, Outcome } from "./deliveries";
import { Issued } from "./issued";
import { NewWebhook } from "./new-webhook";

export const CALLBACKS = "callbacks";
const OVERLAP_HOURS = 24;

export function Webhooks({ route }: { route: Route }) {
  const id = route.path[2];
  return id ? <Deliveries key={id} id={id} /> : <Endpoints />;
}

function Endpoints() {
  const { t } = useWords();
  const polled = usePolled<{ webhooks: WebhookEndpoint[] }>("/v1/webhooks", {}, () => COUNTS_MS);
  const [issued, setIssued] = useState<{ name: string; secret: string } | null>(null);
  const made = (name: string, secret: string) => {
    setIssued({ name, secret });
    polled.refresh();
  };
  return (
    <>
      {issued && <Issued said={t("webhook.shown-once", { name: issued.name })} secret={issued.secret} done={() => setIssued(null)} />}
      <NewWebhook made={(endpoint: IssuedEndpoint) => made(endpoint.url, endpoint.secret)} />
      <Loaded polled={polled}>
        {({ webhooks }) => (webhooks.length ? <Table webhooks={webhooks} made={made} refresh={polled.refresh} /> : <NoneYet>{t("webhook.none")}</NoneYet>)}
      </Loaded>
      <p>
        <a href={href(["settings", "webhooks", CALLBACKS])}>{t("webhook.callbacks")}</a>{" "}
        <Rotate id={CALLBACKS} name={t("webhook.callbacks")} made={made} />
      </p>
    </>
  );
}

type Made = (name: string, secret: string) => void;

function Table({ webhooks, made, refresh }: { webhooks: WebhookEndpoint[]; made: Made; refresh: () => void }) {
  const { t } = useWords();
  return (
    <ListTable
      heads={
        <>
          <th>{t("webhook.url")}</th>
          <th>{t("webhook.kinds")}</th>
          <th>{t("webhook.state")}</th>
          <th>{t("col.actions")}</th>
        </>
      }
    >
      {webhooks.map((each) => (
        <Row key={each.id} shown={each} made={made} refresh={refresh} />
      ))}
    </ListTable>
  );
}

function Row({ shown, made, refresh }: { shown: WebhookEndpoint; made: Made; refresh: () => void }) {
  const { t, word } = useWords();
  const kinds = shown.kinds ?? [];
  const filters = Object.entries(shown.filters ?? {}).map(([name, values]) => `${name}: ${values.join(", ")}`);
  return (
    <tr>
      <td class="clip">
        <a href={href(["settings", "webhooks", shown.id])}>{shown.url}</a>
        <div class="muted">{shown.description || shown.id}</div>
      </td>
      <td data-label={t("webhook.kinds")}>
        {kinds.length ? kinds.map((each) => word("event", each)).join(", ") : t("webhook.all")}
        <div class="muted">{filters.join("; ")}</div>
      </td>
      <td data-label={t("webhook.state")}>
        <State shown={shown} />
      </td>
      <td>
        <Actions shown={shown} made={made} refresh={refresh} />
      </td>
    </tr>
  );
}

const BY_OWNER = "its owner disabled it";

/** Disabled by its owner is as somebody wants it; any other reason is the API's. */
function State({ shown }: { shown: WebhookEndpoint }) {
  const { t, date } = useWords();
  if (shown.disabled_at) {
    const wanted = shown.disabled_because === BY_OWNER;
    return (
      <>
        <span class={`tag ${wanted ? "still" : "bad"}`}>{t("webhook.disabled")}</span>
        {!wanted && <div class="muted">{shown.disabled_because}</div>}
      </>
    );
  }
  if (shown.failing_since) return <span class="tag warn">{t("webhook.failing", { at: date(shown.failing_since) })}</span>;
  return <span class="tag good">{t("webhook.works")}</span>;
}

function Actions({ shown, made, refresh }: { shown: WebhookEndpoint; made: Made; refresh: () => void }) {
  const { t } = useWords();
  const [tested, setTested] = useState<Delivery | null>(null);
  const path = `/v1/webhooks/${encodeURIComponent(shown.id)}`;
  const off = Boolean(shown.disabled_at);
  return (
    <>
      <div class="actions">
        <Act act={() => post<Delivery>(`${path}/test`).then(setTested).then(refresh)}>{t("act.test")}</Act>
        <Rotate id={shown.id} name={shown.url} made={made} />
        <Act act={() => patch(path, { enabled: off }).then(refresh)}>{off ? t("act.enable") : t("act.disable")}</Act>
        <Act act={() => remove(path).then(refresh)} confirm={t("confirm.delete-webhook", { name: shown.url })}>
          {t("act.delete")}
        </Act>
      </div>
      {tested && (
        <p role="status">
          <Outcome shown={tested} />
        </p>
      )}
    </>
  );
}

function Rotate({ id, name, made }: { id: string; name: string; made: Made }) {
  const { t } = useWords();
  const rotated = () => post<IssuedSecret>(`/v1/webhooks/${encodeURIComponent(id)}/rotate`, { overlap_hours: OVERLAP_HOURS });
  return (
    <Act act={() => rotated().then(({ secret }) => made(name, secret))} confirm={t("confirm.rotate-secret", { name, hours: OVERLAP_HOURS })}>
      {t("act.new-secret")}
    </Act>
  );
}
