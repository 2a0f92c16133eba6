/** How a portfolio is to be forecast. */

import { LANGUAGES, useWords } from "../../i18n";

/** Empty is what is found out, or what the preset has. */
export interface Parameters {
  name: string;
  horizon: string;
  preset: string;
  frequency: string;
  models_to_try: string;
  validation_split: string;
  lead_time: string;
  service_level: string;
  parallel_chunks: string;
  language: string;
  levels: string[];
  models: string[];
}
export const NOTHING_CHOSEN: Parameters = {
  name: "", horizon: "12", preset: "", frequency: "", models_to_try: "", validation_split: "", lead_time: "", service_level: "", parallel_chunks: "",
  language: "en", levels: ["80", "95"], models: [],
};
export const PRESETS = ["retail", "manufacturing", "spare_parts", "energy"];
export const FREQUENCIES = ["5min", "10min", "15min", "30min", "H", "D", "B", "W", "2W", "4W", "13P", "M", "2M", "Q", "6M", "Y"];
const LEVELS = ["50", "80", "90", "95", "99"];
const MODELS = [
  "ets", "ets_additive", "ets_trend", "theta", "slope", "drift", "seasonal_naive", "arima", "arima_log", "sarima", "sarima_drift", "sarima_drift_log",
  "mstl", "direct", "direct_log", "pooled", "pooled_log", "croston", "sba", "tsb", "adida", "imapa", "sarimax", "var",
];

interface OptionsProps {
  chosen: Parameters;
  choose: (changes: Partial<Parameters>) => void;
}

export function ForecastOptions({ chosen, choose }: OptionsProps) {
  const { t, word } = useWords();
  const field = (name: keyof Parameters, label: string, more: object = {}) => (
    <label>
      {label}
      <input name={name} value={String(chosen[name])} onInput={(event) => choose({ [name]: event.currentTarget.value })} {...more} />
    </label>
  );
  const one = (name: "preset" | "frequency" | "language", label: string, values: [string, string][]) => (
    <label>
      {label}
      <select name={name} value={chosen[name]} onChange={(event) => choose({ [name]: event.currentTarget.value })}>
        {values.map(([value, said]) => (
          <option key={value} value={value}>
            {said}
          </option>
        ))}
      </select>
    </label>
  );
  const said = (group: string, values: string[]): [string, string][] => [["", t("opt.automatic")], ...values.map((each): [string, string] => [each, word(group, each)])];
  return (
    <section class="card">
      <h2>{t("create.how-to-forecast")}</h2>
      <div class="fields">
        {field("name", t("opt.name"), { maxLength: 256 })}
        {field("horizon", t("opt.horizon"), { type: "number", min: 1, max: 1000 })}
        {one("preset", t("opt.preset"), said("preset", PRESETS))}
        {one("frequency", t("opt.frequency"), said("frequency", FREQUENCIES))}
        {one("language", t("opt.report-language"), Object.entries(LANGUAGES))}
        {field("models_to_try", t("opt.models-to-try"), { type: "number", min: 1, placeholder: "12" })}
        {field("validation_split", t("opt.split"), { type: "number", min: 1, max: 90, step: "any" })}
        {field("lead_time", t("opt.lead-time"), { type: "number", min: 0, step: "any" })}
        {field("service_level", t("opt.service-level"), { type: "number", min: 50, max: 99.9, step: "any", placeholder: "95" })}
        {field("parallel_chunks", t("opt.parallel-chunks"), { type: "number", min: 1, placeholder: t("opt.automatic") })}
      </div>
      <Several label={t("opt.levels")} values={LEVELS} chosen={chosen.levels} said={(level) => `${level} %`} choose={(levels) => choose({ levels })} />
      <details>
        <summary>{t("opt.models")}</summary>
        <Several label={t("opt.models-hint")} values={MODELS} chosen={chosen.models} said={(model) => model.replaceAll("_", " ")} choose={(models) => choose({ models })} />
      </details>
    </section>
  );
}

interface SeveralProps {
  label: string;
  values: string[];
  chosen: string[];
  said: (value: string) => string;
  choose: (values: string[]) => void;
}

function Several({ label, values, chosen, said, choose }: SeveralProps) {
  const turn = (value: string, on: boolean) => choose(on ? [...chosen, value] : chosen.filter((each) => each !== value));
  return (
    <fieldset>
      <legend>{label}</legend>
      <div class="choices">
        {values.map((value) => (
          <label key={value}>
            <input type="checkbox" checked={chosen.includes(value)} onChange={(event) => turn(value, event.currentTarget.checked)} />
            {said(value)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
