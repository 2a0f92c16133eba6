/** A new endpoint: its address, and what it is told. */

import { post } from "../../api/http";
import type { IssuedEndpoint } from "../../api/types";
import { useWords } from "../../i18n";
import { useSubmit } from "../../parts/submit";
import { Trouble } from "../../parts/trouble";

const KINDS = [
  "batch.completed",
  "batch.failed",
  "batch.cancelled",
  "batch.deadline_missed",
  "batch.provider_waiting",
  "forecast.completed",
  "forecast.failed",
  "forecast.cancelled",
  "forecast.low_confidence",
  "forecast.changed",
  "writing.completed",
  "writing.failed",
  "writing.cancelled",
  "budget.reached",
  "key.expiring",
  "log.error_spike",
  "schedule.file_missing",
  "schedule.run_refused",
];

export function NewWebhook({ made }: { made: (endpoint: IssuedEndpoint) => void }) {
  const { t, word } = useWords();
  const { busy, error, submitted } = useSubmit(async (given, form) => {
    made(await post<IssuedEndpoint>("/v1/webhooks", wanted(given)));
    form.reset();
  });
  return (
    <details class="card">
      <summary>{t("webhook.new")}</summary>
      <form onSubmit={submitted}>
        <div class="fields">
          <label>
            {t("webhook.url")}
            <input name="url" type="url" required maxLength={2048} placeholder="https://" />
          </label>
          <label>
            {t("webhook.about")}
            <input name="description" maxLength={256} />
          </label>
          <label>
            {t("webhook.tag")}
            <input name="tag" maxLength={256} />
          </label>
        </div>
        <fieldset>
          <legend>{t("webhook.kinds-hint")}</legend>
          <div class="choices">
            {KINDS.map((kind) => (
              <label key={kind}>
                <input type="checkbox" name="kinds" value={kind} />
                {word("event", kind)}
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
  const tag = String(form.get("tag") ?? "");
  return { url: form.get("url"), description: form.get("description"), kinds: form.getAll("kinds"), filters: tag ? { tags: [tag] } : {} };
}
