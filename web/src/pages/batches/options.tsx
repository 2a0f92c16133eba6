/** The options of a new batch. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { ProviderList } from "../../api/types";
import { useWords } from "../../i18n";

/** Empty is the default of the API. */
export interface Chosen {
  name: string;
  from_template: string;
  template: string;
  provider: string;
  model: string;
  system: string;
  mode: string;
  priority: string;
  deadline: string;
  budget_usd: string;
  max_tokens: string;
  temperature: string;
}
export const NOTHING_CHOSEN: Chosen = {
  name: "", from_template: "", template: "", provider: "openai", model: "", system: "", mode: "auto", priority: "normal",
  deadline: "", budget_usd: "", max_tokens: "", temperature: "",
};
export const MODES = ["auto", "batch", "realtime"];
const PRIORITIES = ["high", "normal", "low"];

interface OptionsProps {
  chosen: Chosen;
  choose: (changes: Partial<Chosen>) => void;
}

export function BatchOptions({ chosen, choose }: OptionsProps) {
  const { t, word, money } = useWords();
  const known = usePolled<ProviderList>("/v1/providers", {}, () => COUNTS_MS).data?.providers ?? [];
  const names = known.filter((each) => each.enabled).map((each) => each.name);
  const mine = known.find((each) => each.name === chosen.provider);
  const price = mine?.models.find((each) => each.model === (chosen.model || mine.default_model));
  const text = (name: keyof Chosen, label: string, more: object = {}) => (
    <label>
      {label}
      <input name={name} value={chosen[name]} onInput={(event) => choose({ [name]: event.currentTarget.value })} {...more} />
    </label>
  );
  const one = (name: "provider" | "mode" | "priority", label: string, values: string[], said: (value: string) => string) => (
    <label>
      {label}
      <select name={name} value={chosen[name]} onChange={(event) => choose({ [name]: event.currentTarget.value })}>
        {values.map((value) => (
          <option key={value} value={value}>
            {said(value)}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <section class="card">
      <h2>{t("create.options")}</h2>
      <div class="fields">
        {text("name", t("opt.name"), { maxLength: 256 })}
        {one("provider", t("opt.provider"), names.length ? names : [chosen.provider], (value) => word("provider", value))}
        {text("model", t("opt.model"), { placeholder: mine?.default_model ?? t("opt.default-model"), list: "models" })}
        {one("mode", t("opt.mode"), MODES, (value) => word("mode", value))}
        {one("priority", t("opt.priority"), PRIORITIES, (value) => word("priority", value))}
        {text("deadline", t("opt.deadline"), { type: "datetime-local" })}
        {text("budget_usd", t("opt.budget"), { type: "number", min: 0, step: "any" })}
        {text("max_tokens", t("opt.max-tokens"), { type: "number", min: 1 })}
        {text("temperature", t("opt.temperature"), { type: "number", min: 0, max: 2, step: "any" })}
      </div>
      <datalist id="models">
        {mine?.models.map((each) => <option key={each.model} value={each.model} />)}
      </datalist>
      {price && (
        <p class="muted" data-price={price.model}>
          {price.model}:{" "}
          {Object.entries(price.lanes)
            .map(([lane, each]) => t("opt.price", { lane: word("lane", lane), input: money(each.input_usd), output: money(each.output_usd) }))
            .join("; ")}
        </p>
      )}
      <label>
        {t("opt.system")}
        <textarea name="system" rows={2} value={chosen.system} onInput={(event) => choose({ system: event.currentTarget.value })} />
      </label>
    </section>
  );
}
