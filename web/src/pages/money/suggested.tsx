/** What would have saved money or room, by the figures of one's own jobs. */

import { COUNTS_MS, usePolled } from "../../api/poll";
import type { Suggestion, SuggestionList } from "../../api/types";
import { useWords } from "../../i18n";
import { Loaded } from "../../parts/loaded";

export function Suggested({ since, until }: { since: string; until: string }) {
  const { t } = useWords();
  const polled = usePolled<SuggestionList>("/v1/stats/suggestions", { since, until }, () => COUNTS_MS);
  return (
    <section class="card">
      <h2>{t("suggest.title")}</h2>
      <Loaded polled={polled}>
        {({ suggestions }) =>
          suggestions.length ? (
            <ul class="plain">
              {suggestions.map((each) => (
                <li key={`${each.code} ${each.provider} ${each.model}`}>
                  <One shown={each} />
                </li>
              ))}
            </ul>
          ) : (
            <p class="muted">{t("suggest.none")}</p>
          )
        }
      </Loaded>
    </section>
  );
}

function One({ shown }: { shown: Suggestion }) {
  const { t, money } = useWords();
  const values = { model: shown.model, n: shown.requests, spent: money(shown.spent_usd), saved: money(shown.saved_usd ?? 0) };
  if (shown.code === "use_batch_lane") return <>{t("suggest.batch-lane", values)}</>;
  if (shown.code === "ask_once") return <>{t("suggest.ask-once", values)}</>;
  return <>{t("suggest.limit", { ...values, mean: shown.mean_output_tokens ?? 0, limit: shown.limit_tokens ?? 0, better: shown.suggested_tokens ?? 0 })}</>;
}
