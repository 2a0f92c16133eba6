/** The first rows as prompts, and the template that makes prompts of rows that are none. */

import { useWords } from "../../i18n";
import { prompt, type Preview, unfilled } from "./preview";

interface PromptsProps {
  seen: Preview;
  template: string;
  choose: (template: string) => void;
}

const OWN = ["input", "messages", "body", "contents", "params", "request", "custom_id"];

export function Prompts({ seen, template, choose }: PromptsProps) {
  const { t } = useWords();
  const missing = unfilled(template, seen.fields);
  const fields = seen.fields.filter((name) => /^[^{}]+$/.test(name) && !OWN.includes(name));
  const prompts = seen.rows.map((row) => prompt(row, template));
  return (
    <section class="card">
      <h2>{t("create.prompts")}</h2>
      {(fields.length > 0 || template !== "") && (
        <label>
          {t("opt.template")}
          <textarea name="template" rows={2} value={template} placeholder={t("opt.template-example", { text: "{text}" })} onInput={(event) => choose(event.currentTarget.value)} />
        </label>
      )}
      {fields.length > 0 && (
        <p class="chips">
          <span class="muted">{t("create.variables")}</span>
          {fields.map((name) => (
            <button key={name} type="button" class="chip" onClick={() => choose(`${template}{${name}}`)}>
              {`{${name}}`}
            </button>
          ))}
        </p>
      )}
      {missing.length > 0 && <p class="notice warn">{t("create.unfilled", { names: missing.join(", ") })}</p>}
      {!template && prompts.includes(null) && <p class="notice warn">{t("create.needs-template")}</p>}
      {seen.flaws.map((flaw) => (
        <p key={flaw.line} class="notice warn">
          {t("trouble.line", { line: flaw.line })}: {flaw.why}
        </p>
      ))}
      {seen.rows.length === 0 && !seen.flaws.length && <p class="notice warn">{t("create.no-rows")}</p>}
      <ol class="prompts">
        {prompts.map((text, at) => (
          <li key={at}>
            <div class="text short">{text ?? JSON.stringify(seen.rows[at])}</div>
          </li>
        ))}
      </ol>
    </section>
  );
}
