/** A new forecast: one file or several, and how they are to be forecast. */

import { useState } from "preact/hooks";
import { post, upload } from "../../api/http";
import type { CreateForecast, ForecastView } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";
import { Drop } from "../../parts/drop";
import { zip } from "../../parts/zip";
import { go, href } from "../../route";
import { cells } from "../batches/preview";
import { ForecastOptions, NOTHING_CHOSEN, type Parameters } from "./options";

const ACCEPTED = ".csv,.tsv,.txt,.xlsx,.parquet,.json,.jsonl,.zip";
const HEAD_BYTES = 16_384;
const ROWS = 6;

export function CreateForecastPage() {
  const { t, bytes, percent, language } = useWords();
  const [files, setFiles] = useState<File[]>([]);
  const [head, setHead] = useState<string[][]>([]);
  const [chosen, setChosen] = useState<Parameters>({ ...NOTHING_CHOSEN, language });
  const [part, setPart] = useState<number | null>(null);

  const take = async (given: File[]) => {
    setFiles(given);
    setHead(await first(given[0]));
    setChosen((before) => ({ ...before, name: given[0]?.name.replace(/\.[^.]+$/, "") ?? "" }));
  };
  const start = async () => {
    setPart(0);
    const [only] = files;
    const packed = files.length === 1 && only ? only : await zip(files);
    const name = await upload(packed, files.length === 1 && only ? only.name : "portfolio.zip", setPart).finally(() => setPart(null));
    const made = await post<ForecastView>("/v1/forecasts", { ...asked(chosen), upload: name }, name);
    go(["forecasts", made.id]);
  };

  return (
    <>
      <p class="crumbs">
        <a href={href(["forecasts"])}>{t("forecasts.title")}</a>
      </p>
      <h1>{t("forecasts.new")}</h1>
      <Drop
        label={files.length ? files.map((file) => file.name).join(", ") : t("create.drop-portfolio")}
        hint={files.length ? bytes(files.reduce((sum, file) => sum + file.size, 0)) : t("create.drop-portfolio-hint")}
        accept={ACCEPTED}
        multiple
        given={(given) => void take(given)}
      />
      {files.length > 0 && (
        <>
          {head.length > 0 && <Head rows={head} />}
          <ForecastOptions chosen={chosen} choose={(changes) => setChosen((before) => ({ ...before, ...changes }))} />
          {part !== null && <p role="status">{t("create.sending", { part: percent(part) })}</p>}
          <div class="actions">
            <Act act={start} quiet={false}>
              {t("act.start")}
            </Act>
          </div>
        </>
      )}
    </>
  );
}

/** The first rows of a table of text; none of a format that is not readable here. */
async function first(file: File | undefined): Promise<string[][]> {
  if (!file || !/\.(csv|tsv|txt)$/i.test(file.name)) return [];
  const text = (await file.slice(0, HEAD_BYTES).text()).replace(/^\ufeff/, "");
  const header = text.split("\n", 1)[0] ?? "";
  const sign = [",", ";", "\t"].reduce((most, each) => (header.split(each).length > header.split(most).length ? each : most));
  return cells(text, sign, ROWS);
}

const MOST_COLUMNS = 8;

function Head({ rows }: { rows: string[][] }) {
  const { t } = useWords();
  const [header = [], ...rest] = rows.map((row) => row.slice(0, MOST_COLUMNS));
  return (
    <section class="card">
      <h2>{t("create.first-rows")}</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {header.map((cell, at) => (
                <th key={at}>{cell}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rest.map((row, at) => (
              <tr key={at}>
                {row.map((cell, column) => (
                  <td key={column}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted">{t("create.understood-later")}</p>
    </section>
  );
}

/** The body of the call: only what was chosen, each as the type that the API takes. */
function asked(chosen: Parameters): Partial<CreateForecast> {
  const numbers = ["horizon", "models_to_try", "lead_time", "parallel_chunks"] as const;
  const percents = ["validation_split", "service_level"] as const;
  const body: Record<string, unknown> = { name: chosen.name || null, language: chosen.language, preset: chosen.preset || null, frequency: chosen.frequency || null };
  for (const name of numbers) if (chosen[name]) body[name] = Number(chosen[name]);
  for (const name of percents) if (chosen[name]) body[name] = Number(chosen[name]) / 100;
  if (chosen.levels.length) body.levels = chosen.levels.map(Number).sort((a, b) => a - b);
  if (chosen.models.length) body.models = chosen.models;
  return body;
}
