/** A job's state in a word. One with failures never looks plainly done. */

import type { State } from "../api/types";
import { useWords } from "../i18n";

interface StateProps {
  state: State;
  succeeded?: number;
  failed?: number;
}

export function StateTag({ state, succeeded = 0, failed = 0 }: StateProps) {
  const { word } = useWords();
  const [name, tone] = outcome(state, succeeded, failed);
  return <span class={`tag ${tone}`}>{word("state", name)}</span>;
}

function outcome(state: State, succeeded: number, failed: number): [string, string] {
  if (state === "failed") return [state, "bad"];
  if (state === "completed" && failed) return succeeded ? ["completed-with-failures", "warn"] : ["all-failed", "bad"];
  if (state === "completed") return [state, "good"];
  if (state === "paused" || state === "cancelled" || state === "draft") return [state, "still"];
  return [state, "busy"];
}
