/** Nothing to show: none yet, with what to do about it, or none that match, with the way back. */

import type { ComponentChildren } from "preact";
import { useWords } from "../i18n";

export function NoneYet({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

export function NoneMatch({ clear }: { clear: string }) {
  const { t } = useWords();
  return (
    <div class="empty">
      <p>{t("none-match")}</p>
      <a href={clear}>{t("clear-filters")}</a>
    </div>
  );
}
