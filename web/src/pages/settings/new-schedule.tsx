/** A new schedule: when it is due, and what is started then, a batch, a forecast, or one that is forecast anew. */

import { useState } from "preact/hooks";
import { post } from "../../api/http";
import { COUNTS_MS, usePolled } from "../../api/poll";
import type { ForecastPage, TemplateList } from "../../api/types";
import { useWords } from "../../i18n";
import { Fields } from "../../parts/fields";
import { asked, type Chosen, rowsOf } from "./schedule-fields";

const LATEST = 100;

interface NewScheduleProps {
  made: () => void;
  /** The forecast that somebody wants to be forecast anew, if they came with one; else empty. */
  retrain: string;
}

export function NewSchedule({ made, retrain }: NewScheduleProps) {
  const words = useWords();
  const { t } = words;
  const [chosen, setChosen] = useState<Chosen>({ kind: retrain ? "retrain" : "batch", timing: "expression", source: "prefix", from_template: "" });
  const templates = usePolled<TemplateList>("/v1/templates", {}, () => COUNTS_MS).data?.templates ?? [];
  const wanted = chosen.kind === "retrain" ? "/v1/forecasts" : null;
  const forecasts = usePolled<ForecastPage>(wanted, { limit: LATEST }, () => COUNTS_MS).data?.forecasts ?? [];
  const changed = (name: string, value: string) => name in chosen && setChosen({ ...chosen, [name]: value });
  const create = (given: Record<string, string>, form: FormData) =>
    asked(given, form)
      .then((body) => post("/v1/schedules", body))
      .then(made);
  return (
    <details class="card" open={retrain !== ""}>
      <summary>{t("schedule.new")}</summary>
      <Fields rows={rowsOf(chosen, words, { templates, forecasts, retrain })} label={t("act.create")} changed={changed} send={create} />
      {chosen.timing === "expression" && <p class="muted small">{t("schedule.hint")}</p>}
      {chosen.kind !== "retrain" && chosen.source === "prefix" && <p class="muted small">{t("schedule.prefix-hint", { gaps: "{date}, {year}, {month}, {day}, {hour}", example: "sales/{date-1}.csv" })}</p>}
    </details>
  );
}
