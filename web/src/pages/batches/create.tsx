/** A new batch: a file, what to do with its rows, what that will cost, and then the start. */

import { useState } from "preact/hooks";
import { post, Refusal, upload } from "../../api/http";
import type { BatchView, CreateBatch, EstimateView } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { Drop } from "../../parts/drop";
import { go, href } from "../../route";
import { moment } from "../../zone";
import { EstimateCard, TooLargeToEstimate } from "./estimate";
import { BatchOptions, type Chosen, NOTHING_CHOSEN } from "./options";
import { preview, type Preview } from "./preview";
import { Prompts } from "./prompts";
import { Saved } from "./saved";

interface Given {
  file: File;
  seen: Preview;
}
/** Requests of a sample: fewer are all started at once. */
const PILOT_ROWS = 20;
/** What was estimated; `null` if the file is too large for that. */
type Told = EstimateView | null;

export function CreateBatchPage() {
  const { t, bytes, percent } = useWords();
  const [given, setGiven] = useState<Given | null>(null);
  const [chosen, setChosen] = useState<Chosen>(NOTHING_CHOSEN);
  const [told, setTold] = useState<Told | undefined>(undefined);
  const [sent, setSent] = useState<{ upload: string; idempotencyKey: string } | null>(null);
  const [part, setPart] = useState<number | null>(null);

  const take = async ([file]: File[]) => {
    if (!file) return;
    setGiven({ file, seen: await preview(file) });
    setChosen((before) => ({ ...before, name: file.name.replace(/\.[^.]+$/, "") }));
    setTold(undefined);
    setSent(null);
  };
  const [variables, setVariables] = useState<Record<string, string>>({});
  const fill = (changes: Record<string, string>) => {
    setVariables(changes);
    choose({});
  };
  const choose = (changes: Partial<Chosen>) => {
    setChosen((before) => ({ ...before, ...changes }));
    setTold(undefined);
    setSent((before) => before && { ...before, idempotencyKey: crypto.randomUUID() });
  };
  const place = async (file: File) => {
    if (sent) return sent;
    setPart(0);
    const made = { upload: await upload(file, file.name, setPart).finally(() => setPart(null)), idempotencyKey: crypto.randomUUID() };
    setSent(made);
    return made;
  };
  const estimate = async () => {
    if (!given) return;
    const placed = await place(given.file);
    setTold(await estimated(asked(chosen, placed.upload, variables)));
  };
  const start = async () => {
    if (!given) return;
    const placed = await place(given.file);
    const made = await post<BatchView>("/v1/batches", asked(chosen, placed.upload, variables), placed.idempotencyKey);
    go(["batches", made.id]);
  };
  const sample = async () => {
    if (!given) return;
    const placed = await place(given.file);
    const body = { ...asked(chosen, placed.upload, variables), sample: { rows: PILOT_ROWS } };
    const made = await post<BatchView>("/v1/batches", body, `${placed.idempotencyKey}-pilot`);
    go(["batches", made.id, "pilot"]);
  };

  return (
    <>
      <p class="crumbs">
        <a href={href(["batches"])}>{t("batches.title")}</a>
      </p>
      <h1>{t("batches.new")}</h1>
      <Drop label={given ? given.file.name : t("create.drop")} hint={given ? bytes(given.file.size) : t("create.drop-hint")} accept=".jsonl,.ndjson,.csv" given={(files) => void take(files)} />
      {given && (
        <>
          <Saved chosen={chosen.from_template} choose={(from_template) => choose({ from_template })} variables={variables} fill={fill} />
          {!chosen.from_template && <Prompts seen={given.seen} template={chosen.template} choose={(template) => choose({ template })} />}
          <BatchOptions chosen={chosen} choose={choose} />
          {told && <EstimateCard told={told} chosen={chosen} />}
          {told === null && <TooLargeToEstimate />}
          {part !== null && <p role="status">{t("create.sending", { part: percent(part) })}</p>}
          <div class="actions">
            <Act act={estimate} quiet={told !== undefined}>
              {t("create.estimate")}
            </Act>
            {told && told.estimate.requests > PILOT_ROWS && <Act act={sample}>{t("pilot.first", { n: PILOT_ROWS })}</Act>}
            {told !== undefined && (
              <Act act={start} quiet={false}>
                {told ? t("create.start", { n: told.estimate.requests }) : t("act.start")}
              </Act>
            )}
          </div>
        </>
      )}
    </>
  );
}

/** Null for a file that is too large to estimate at once. */
async function estimated(body: Partial<CreateBatch>): Promise<Told> {
  try {
    return await post<EstimateView>("/v1/batches/estimate", body);
  } catch (error) {
    if (error instanceof Refusal && error.status === 413) return null;
    throw error;
  }
}

/** The body of the call: only what was chosen. */
function asked(chosen: Chosen, upload: string, variables: Record<string, string>): Partial<CreateBatch> {
  const { deadline, budget_usd, max_tokens, temperature, ...texts } = chosen;
  const own = Object.entries(texts).filter(([name, value]) => value !== "" && !(chosen.from_template && value === NOTHING_CHOSEN[name as keyof Chosen]));
  const body: Record<string, unknown> = Object.fromEntries(own);
  if (chosen.from_template) {
    delete body.template;
    body.variables = variables;
  }
  if (deadline) body.deadline = moment(deadline);
  for (const [name, value] of Object.entries({ budget_usd, max_tokens, temperature })) if (value) body[name] = Number(value);
  return { ...body, upload };
}
