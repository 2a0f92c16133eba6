/** A new key, the only time that it can be seen. */

import type { IssuedKey } from "../../api/types";
import { useWords } from "../../i18n";
import { Act } from "../../parts/act";

export function Issued({ issued, done }: { issued: IssuedKey; done: () => void }) {
  const { t } = useWords();
  return (
    <section class="notice" role="status">
      <p>
        <strong>{t("key.shown-once", { name: issued.name || issued.id })}</strong>
      </p>
      <p>
        <code class="code secret">{issued.key}</code>
      </p>
      <div class="actions">
        <Act act={() => navigator.clipboard.writeText(issued.key)}>{t("act.copy")}</Act>
        <button type="button" onClick={done}>
          {t("key.kept")}
        </button>
      </div>
    </section>
  );
}
