/** A bar of how much succeeded, failed, and is still open; its figures stand beside it or in its label. */

import { useWords } from "../i18n";

interface BarProps {
  succeeded: number;
  failed: number;
  total: number;
}

export function Bar({ succeeded, failed, total }: BarProps) {
  const { t } = useWords();
  const open = Math.max(0, total - succeeded - failed);
  const share = (count: number) => ({ width: `${total ? (100 * count) / total : 0}%` });
  return (
    <div class="bar" role="img" aria-label={t("bar", { succeeded, failed, open })}>
      <i class="good" style={share(succeeded)} />
      <i class={failed ? "bad some" : "bad"} style={share(failed)} />
    </div>
  );
}
