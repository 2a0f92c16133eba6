/** One request: what was asked, what was answered, and what that took. */

import { ACTIVE_MS, usePolled } from "../../api/poll";
import type { RequestView } from "../../api/types";
import { useWords } from "../../i18n";
import { Extras } from "../../parts/extras";
import { Facts, type FactRow } from "../../parts/facts";
import { Loaded } from "../../parts/loaded";
import { href } from "../../route";
import { turns } from "./prompt";
import { vectors } from "./vectors";

interface Answer {
  output?: string | null;
  finish_reason?: string | null;
  usage?: { input_tokens?: number; output_tokens?: number; cached_tokens?: number; reasoning_tokens?: number };
  error?: { kind: string; message: string; code?: string | null } | null;
  response?: unknown;
  cost_usd?: number | null;
  seconds?: number | null;
  tries?: number;
  answered_by?: string | null;
  lane?: string | null;
}
/** Numbers of a vector that are shown. */
const FEW = 8;
const SHOWN = ["status", "output", "finish_reason", "usage", "error", "response", "cost_usd", "seconds", "tries", "answered_by", "lane", "provider_reason"];

export function OneRequest({ batch, customId }: { batch: string; customId: string }) {
  const { t } = useWords();
  const path = `/v1/batches/${encodeURIComponent(batch)}/requests/${encodeURIComponent(customId)}`;
  const polled = usePolled<RequestView>(path, {}, (found) => (found.result ? null : 2 * ACTIVE_MS));
  return (
    <>
      <p class="crumbs">
        <a href={href(["batches"])}>{t("batches.title")}</a> <a href={href(["batches", batch])}>{batch}</a>
      </p>
      <h1 class="code">{customId}</h1>
      <Loaded polled={polled}>{(found) => <Shown found={found} />}</Loaded>
    </>
  );
}

function Shown({ found }: { found: RequestView }) {
  const { t } = useWords();
  const answer = (found.result ?? {}) as Answer;
  return (
    <>
      <section class="card">
        <h2>{t("request.prompt")}</h2>
        {turns(found.request).map((turn, at) => (
          <div class="turn" key={at}>
            <span class="muted">{turn.role}</span>
            <div class="text">{turn.text}</div>
          </div>
        ))}
      </section>
      <section class="card">
        <h2>{t("request.answer")}</h2>
        {answer.error && (
          <p class="bad">
            {answer.error.kind}
            {answer.error.code && ` (${answer.error.code})`}: {answer.error.message}
          </p>
        )}
        <Output answer={answer} settled={!!found.result} />
        <Taken found={found} answer={answer} />
      </section>
      <Json title={t("request.json")} of={found.request} />
      {answer.response != null && <Json title={t("request.response-json")} of={answer.response} />}
      <Extras of={found.result ?? {}} known={SHOWN} />
    </>
  );
}

function Output({ answer, settled }: { answer: Answer; settled: boolean }) {
  const { t, digits } = useWords();
  const found = vectors(answer.response);
  if (found.length) {
    return (
      <ol>
        {found.map((vector, at) => (
          <li key={at}>{t("request.vector", { n: vector.length, first: vector.slice(0, FEW).map((value) => digits(value, 3)).join("; ") })}</li>
        ))}
      </ol>
    );
  }
  if (answer.output) return <div class="text">{answer.output}</div>;
  if (answer.error) return null;
  return <p class="muted">{settled ? t("request.no-output") : t("request.pending")}</p>;
}

function Taken({ found, answer }: { found: RequestView; answer: Answer }) {
  const { t, word, number, digits, money } = useWords();
  const usage = answer.usage;
  const rows: FactRow[] = [
    [t("col.status"), word("status", found.status)],
    [t("fact.finish"), answer.finish_reason && word("finish", answer.finish_reason)],
    [t("col.line"), number(found.line)],
    [t("fact.input-tokens"), usage && number(usage.input_tokens ?? 0)],
    [t("fact.output-tokens"), usage && number(usage.output_tokens ?? 0)],
    [t("fact.cached-tokens"), usage?.cached_tokens ? number(usage.cached_tokens) : null],
    [t("fact.reasoning-tokens"), usage?.reasoning_tokens ? number(usage.reasoning_tokens) : null],
    [t("col.cost"), answer.cost_usd != null ? money(answer.cost_usd) : null],
    [t("fact.seconds"), answer.seconds != null ? `${digits(answer.seconds, 3)} s` : null],
    [t("fact.tries"), found.result ? number(answer.tries ?? 1) : null],
    [t("fact.answered-by"), answer.answered_by],
    [t("fact.lane"), answer.lane && word("lane", answer.lane)],
  ];
  return <Facts rows={rows} />;
}

function Json({ title, of }: { title: string; of: unknown }) {
  return (
    <details>
      <summary>{title}</summary>
      <pre>{JSON.stringify(of, null, 2)}</pre>
    </details>
  );
}
