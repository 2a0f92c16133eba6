/** Buttons that do something: busy while they do, and telling what went wrong. */

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { useWords } from "../i18n";
import { useBusy } from "./submit";
import { Trouble } from "./trouble";

interface ActProps {
  act: () => Promise<unknown>;
  children: ComponentChildren;
  quiet?: boolean;
  disabled?: boolean;
  /** What is asked before: what exactly is touched. */
  confirm?: string;
}

export function Act({ act, children, quiet = true, disabled = false, confirm }: ActProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { busy, error, during } = useBusy();
  const go = () => {
    dialog.current?.close();
    void during(act);
  };
  return (
    <>
      <button type="button" class={quiet ? "quiet" : ""} disabled={disabled || busy} aria-busy={busy} onClick={() => (confirm ? dialog.current?.showModal() : go())}>
        {children}
      </button>
      {confirm && (
        <dialog ref={dialog}>
          <p>{confirm}</p>
          <Choice yes={children} go={go} leave={() => dialog.current?.close()} />
        </dialog>
      )}
      {error && <Trouble error={error} />}
    </>
  );
}

function Choice({ yes, go, leave }: { yes: ComponentChildren; go: () => void; leave: () => void }) {
  const { t } = useWords();
  return (
    <div class="actions">
      <button type="button" onClick={go}>
        {yes}
      </button>
      <button type="button" class="quiet" onClick={leave}>
        {t("back-out")}
      </button>
    </div>
  );
}
