/** A pilot: a sample's prompts and answers, what the whole will cost by them, and the start of the whole. */

import { useState } from "preact/hooks";
import { post } from "../../api/http";
import { ACTIVE_MS, usePolled } from "../../api/poll";
import type { BatchView, PilotTry, PilotView } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { Bar } from "../../parts/bar";
import { Facts } from "../../parts/facts";
import { Loaded } from "../../parts/loaded";
import { StateTag } from "../../parts/state";
import { go, href } from "../../route";
import { isOver, moves } from "./states";

export function Pilot({ id }: { id: string }) {
  const { t } = useWords();
  const path = `/v1/batches/${encodeURIComponent(id)}`;
  const polled = usePolled<PilotView>(`${path}/pilot`, {}, (pilot) => (moves(pilot.state) ? ACTIVE_MS : null));
  return (
    <>
      <p class="crumbs">
        <a href={href(["batches"])}>{t("batches.title")}</a> <a href={href(["batches", id])}>{id}</a>
      </p>
      <Loaded polled={polled}>{(pilot) => <Shown pilot={pilot} path={path} />}</Loaded>
    </>
  );
}

function Shown({ pilot, path }: { pilot: PilotView; path: string }) {
  const { t, money } = useWords();
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const failed = pilot.tries.filter((each) => each.status !== "succeeded").length;
  const begin = async () => {
    const made = await post<BatchView>(`${path}/go`, undefined, idempotencyKey);
    go(["batches", made.id]);
  };
  return (
    <>
      <div class="head">
        <h1>{t("pilot.title", { rows: pilot.rows, n: pilot.requests })}</h1>
        <StateTag state={pilot.state} succeeded={pilot.tries.length - failed} failed={failed} />
      </div>
      <section class="card" aria-label={t("progress")}>
        <Bar succeeded={pilot.tries.length - failed} failed={failed} total={pilot.rows} />
        <p>{t("pilot.spent", { sum: money(pilot.spent_usd) })}</p>
        <Whole pilot={pilot} />
      </section>
      {isOver(pilot.state) && (
        <div class="actions">
          <Act act={begin} quiet={false}>
            {t("pilot.go", { n: pilot.requests })}
          </Act>
        </div>
      )}
      {pilot.tries.map((each) => (
        <Answer key={each.custom_id} tried={each} />
      ))}
    </>
  );
}

function Whole({ pilot }: { pilot: PilotView }) {
  const { t, word, money } = useWords();
  const said = Object.entries(pilot.lanes).map(([lane, cost]): [string, string | null] => [
    word("lane", lane),
    cost.expected_usd === null
      ? t("price-unknown")
      : t("pilot.whole", { sum: money(cost.expected_usd), low: money(cost.low_usd ?? cost.expected_usd), high: money(cost.high_usd ?? cost.expected_usd) }),
  ]);
  return <Facts rows={said} />;
}

function Answer({ tried }: { tried: PilotTry }) {
  const { t, word } = useWords();
  return (
    <section class="card">
      <h2 class="code">{tried.custom_id}</h2>
      <div class="turn">
        <span class="muted">{t("request.prompt")}</span>
        <div class="text short">{tried.prompt}</div>
      </div>
      <div class="turn">
        <span class="muted">{t("request.answer")}</span>
        <div>
          {tried.error ? <p class="bad">{tried.error}</p> : <div class="text short">{tried.output ?? t("request.no-output")}</div>}
          {tried.finish_reason && tried.finish_reason !== "stop" && <p class="warn">{word("finish", tried.finish_reason)}</p>}
        </div>
      </div>
    </section>
  );
}
