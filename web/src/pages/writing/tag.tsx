import type { JobView } from "../../api/types";
import { useWords } from "../../i18n";

const TONES: Partial<Record<JobView["state"], string>> = { completed: "good", failed: "bad", cancelled: "still" };

/** Whether the job can still change by itself. */
export function writes(state: JobView["state"]): boolean {
  return !(state in TONES);
}

export function WritingTag({ state }: { state: JobView["state"] }) {
  const { word } = useWords();
  return <span class={`tag ${TONES[state] ?? ""}`}>{word("writing-state", state)}</span>;
}
