/** The options of a new batch. */

import { useWords } from "../../i18n";

/** Empty is the default of the API. */
export interface Chosen {
  name: string;
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
  name: "", template: "", provider: "openai", model: "", system: "", mode: "auto", priority: "normal",
  deadline: "", budget_usd: "", max_tokens: "", temperature: "",
};
const PROVIDERS = ["openai", "anthropic", "gemini"];
const MODES = ["auto", "batch", "realtime"];
const PRIORITIES = ["high", "normal", "low"];

interface OptionsProps {
  chosen: Chosen;
  choose: (changes: Partial<Chosen>) => void;
}

export function BatchOptions({ chosen, choose }: OptionsProps) {
  const { t, word } = useWords();
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
        {one("provider", t("opt.provider"), PROVIDERS, (value) => word("provider", value))}
        {text("model", t("opt.model"), { placeholder: t("opt.default-model") })}
        {one("mode", t("opt.mode"), MODES, (value) => word("mode", value))}
        {one("priority", t("opt.priority"), PRIORITIES, (value) => word("priority", value))}
        {text("deadline", t("opt.deadline"), { type: "datetime-local" })}
        {text("budget_usd", t("opt.budget"), { type: "number", min: 0, step: "any" })}
        {text("max_tokens", t("opt.max-tokens"), { type: "number", min: 1 })}
        {text("temperature", t("opt.temperature"), { type: "number", min: 0, max: 2, step: "any" })}
      </div>
      <label>
        {t("opt.system")}
        <textarea name="system" rows={2} value={chosen.system} onInput={(event) => choose({ system: event.currentTarget.value })} />
      </label>
    </section>
  );
}
