/** The `?`: what one just did here, as lines for a shell, the command line and Python. */

import { useRef, useState } from "preact/hooks";
import { origin } from "../api/http";
import { useWords } from "../i18n";
import { lately } from "./did";
import type { Lines } from "./said";

interface Told extends Lines {
  what: string;
}

export function Help() {
  const { t } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const [told, setTold] = useState<Told[]>([]);
  const show = async () => {
    const { said } = await import("./said");
    setTold(lately().map((call) => ({ what: `${call.method} ${call.path}`, ...said(call, origin()) })));
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" class="quiet" aria-label={t("help.title")} title={t("help.title")} onClick={() => void show()}>
        ?
      </button>
      <dialog ref={dialog} class="wide">
        <h2>{t("help.title")}</h2>
        <p class="muted">{t("help.why")}</p>
        {told.map((each) => (
          <Ways key={each.what} told={each} />
        ))}
        <form method="dialog" class="actions">
          <button type="submit">{t("close")}</button>
        </form>
      </dialog>
    </>
  );
}

function Ways({ told }: { told: Told }) {
  const { t } = useWords();
  const lines = [
    ["curl", told.curl],
    [t("help.command"), told.command],
    ["Python", told.python],
  ];
  return (
    <section>
      <h3 class="code">{told.what}</h3>
      <dl class="ways">
        {lines.map(([name, line]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{line ? <code>{line}</code> : <span class="muted">{t("help.none")}</span>}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
