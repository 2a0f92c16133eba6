/** Why nothing moves: since when, when it is tried next, and in whose words. */

import type { Waiting } from "../api/types";
import { useWords } from "../i18n";

export function WaitingFor({ waiting }: { waiting: Waiting[] | undefined }) {
  return (
    <>
      {waiting?.map((each) => (
        <p class="notice warn" key={each.reason}>
          <Why waiting={each} />
        </p>
      ))}
    </>
  );
}

function Why({ waiting }: { waiting: Waiting }) {
  const { t, word, date } = useWords();
  return (
    <>
      <strong>{word("waiting", waiting.reason)}</strong> {t("waiting-since", { since: date(waiting.since) })}
      {waiting.next_try && ` · ${t("waiting-next", { at: date(waiting.next_try) })}`}
      {waiting.said && <span class="muted"> · {waiting.said}</span>}
    </>
  );
}
