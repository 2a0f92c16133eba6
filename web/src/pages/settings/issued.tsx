/** A secret text, the only time that it can be seen. */

import { useWords } from "../../i18n";
import { Act } from "../../parts/act";

export function Issued({ said, secret, done }: { said: string; secret: string; done: () => void }) {
  const { t } = useWords();
  return (
    <section class="notice" role="status">
      <p>
        <strong>{said}</strong>
      </p>
      <p>
        <code class="code secret">{secret}</code>
      </p>
      <div class="actions">
        <Act act={() => navigator.clipboard.writeText(secret)}>{t("act.copy")}</Act>
        <button type="button" onClick={done}>
          {t("key.kept")}
        </button>
      </div>
    </section>
  );
}
