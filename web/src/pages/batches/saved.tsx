/** The saved template of a new batch, and what its variables hold. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { TemplateList } from "../../api/types";
import { useWords } from "../../i18n";

interface SavedProps {
  chosen: string;
  choose: (name: string) => void;
  variables: Record<string, string>;
  fill: (variables: Record<string, string>) => void;
}

export function Saved({ chosen, choose, variables, fill }: SavedProps) {
  const { t } = useWords();
  const all = usePolled<TemplateList>("/v1/templates", {}, () => COUNTS_MS).data?.templates ?? [];
  const usable = all.filter((each) => !each.archived_at);
  const mine = usable.find((each) => each.name === chosen);
  if (!usable.length) return null;
  return (
    <section class="card">
      <label>
        {t("template.saved")}
        <select name="from_template" value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">{t("template.none")}</option>
          {usable.map((each) => (
            <option key={each.name} value={each.name}>
              {each.latest.label}
            </option>
          ))}
        </select>
      </label>
      {mine && <p class="muted">{mine.latest.options.template}</p>}
      <div class="fields">
        {Object.entries(mine?.latest.variables ?? {}).map(([name, usual]) => (
          <label key={name}>
            {name}
            <input name={`variable-${name}`} value={variables[name] ?? ""} placeholder={usual ?? ""} onInput={(event) => fill(without({ ...variables, [name]: event.currentTarget.value }))} />
          </label>
        ))}
      </div>
    </section>
  );
}

/** An empty one is left to its default. */
function without(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
}
