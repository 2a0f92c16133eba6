/** How much of a limit is used: near it in the colour of a warning, beyond it of a failure. */

import { useWords } from "../i18n";

const NEAR = 0.8;

export function Share({ used, limit, label }: { used: number; limit: number; label: string }) {
  const { percent } = useWords();
  const share = limit > 0 ? used / limit : 1;
  const tone = share >= 1 ? "bad" : share >= NEAR ? "near" : "good";
  return (
    <>
      <div class="bar" role="img" aria-label={`${label}: ${percent(share)}`}>
        <i class={tone} style={{ width: `${Math.min(100, 100 * share)}%` }} />
      </div>
      <span class="muted">{percent(share)}</span>
    </>
  );
}
