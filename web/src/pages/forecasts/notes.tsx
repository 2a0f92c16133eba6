/** What was decided about the input: doubts first, each with what speaks for it and the option that settles it. */

import type { KeptNote } from "../../api/types";
import { useWords } from "../../i18n";

const FEW = 4;

export function Notes({ notes }: { notes: KeptNote[] }) {
  const { t } = useWords();
  const doubts = notes.filter((note) => note.certain === false);
  const sorted = [...doubts, ...notes.filter((note) => note.certain !== false)];
  if (!notes.length) return null;
  return (
    <details class={doubts.length ? "notice warn" : "notice"} open={doubts.length > 0 || notes.length < FEW}>
      <summary>{t("forecast.understood", { n: notes.length })}</summary>
      <ul>
        {sorted.map((note, at) => (
          <li key={at}>
            {note.column && <strong>{note.column}: </strong>}
            {note.detail}
            {note.evidence && <span class="muted"> ({note.evidence})</span>}
            {note.option && (
              <>
                {" · "}
                {t("note.otherwise")} <code>{note.option}</code>
              </>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
