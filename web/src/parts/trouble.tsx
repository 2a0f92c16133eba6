/** What went wrong, with what settles it where the API says so. */

import { Refusal, Unreachable } from "../api/http";
import { useWords } from "../i18n";

export function Trouble({ error }: { error: Error }) {
  const { t } = useWords();
  const flaws = error instanceof Refusal ? (error.problem.errors ?? []) : [];
  return (
    <div class="trouble" role="alert">
      <p>{error instanceof Unreachable ? t("trouble.unreachable") : error.message}</p>
      {flaws.length > 0 && (
        <ul>
          {flaws.map((flaw, at) => (
            <li key={at}>
              {[flaw.line != null && t("trouble.line", { line: flaw.line }), flaw.field, flaw.detail].filter(Boolean).join(" · ")}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
