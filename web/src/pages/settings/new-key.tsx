/** A new key: its name, what it may do, where, and how long. */

import { post } from "../../api/http";
import type { IssuedKey } from "../../api/types";
import { useWords } from "../../i18n";
import { useSubmit } from "../../parts/submit";
import { Trouble } from "../../parts/trouble";
import { moment } from "../../zone";

const ROLES = ["viewer", "editor", "owner"];
const SERVICES = ["batches", "forecasts", "writing", "logs", "stats", "account"];

export function NewKey({ made }: { made: (key: IssuedKey) => void }) {
  const { t, word } = useWords();
  const { busy, error, submitted } = useSubmit(async (given, form) => {
    made(await post<IssuedKey>("/v1/keys", wanted(given)));
    form.reset();
  });
  return (
    <details class="card">
      <summary>{t("key.new")}</summary>
      <form onSubmit={submitted}>
        <div class="fields">
          <label>
            {t("opt.name")}
            <input name="name" required maxLength={100} />
          </label>
          <label>
            {t("key.role")}
            <select name="role" defaultValue="editor">
              {ROLES.map((role) => (
                <option key={role} value={role}>
                  {word("role", role)} – {word("may", role)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("key.expires")}
            <input name="expires_at" type="datetime-local" />
          </label>
        </div>
        <fieldset>
          <legend>{t("key.scopes-hint")}</legend>
          <div class="choices">
            {SERVICES.map((service) => (
              <label key={service}>
                <input type="checkbox" name="scopes" value={service} />
                {word("service", service)}
              </label>
            ))}
          </div>
        </fieldset>
        {error && <Trouble error={error} />}
        <button type="submit" disabled={busy}>
          {t("act.create")}
        </button>
      </form>
    </details>
  );
}

function wanted(form: FormData): Record<string, unknown> {
  const until = String(form.get("expires_at") ?? "");
  return { name: form.get("name"), role: form.get("role"), scopes: form.getAll("scopes"), ...(until && { expires_at: moment(until) }) };
}
