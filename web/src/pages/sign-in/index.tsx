/** The door: a key, which is tried before it is kept, or the issuer of the deployment if it has one. */

import { useState } from "preact/hooks";
import { get, type Issuer, issuer, Refusal } from "../../api/http";
import type { BudgetView } from "../../api/types";
import { useWords } from "../../i18n";
import { Trouble } from "../../parts/trouble";
import { signIn, signOut } from "../../session";

interface SignInProps {
  /** Whether the key that was used until now is not valid any more. */
  refused: boolean;
  /** Why coming back from the issuer failed. */
  failure: Error | null;
  done: () => void;
}

export function SignIn({ refused, failure, done }: SignInProps) {
  const { t } = useWords();
  const [error, setError] = useState<Error | null>(failure);
  const at = issuer();
  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    signIn(String(new FormData(event.currentTarget as HTMLFormElement).get("key")));
    try {
      await get<BudgetView>("/v1/budget");
      done();
    } catch (failed) {
      signOut();
      setError(failed as Error);
    }
  };
  return (
    <form class="door card" onSubmit={enter}>
      <h1>{t("sign-in.title")}</h1>
      <p class="muted">{t("sign-in.why")}</p>
      <label>
        {t("sign-in.key")}
        <input name="key" type="password" autocomplete="off" spellcheck={false} required placeholder="ff_…" />
      </label>
      {refused && (
        <p class="bad" role="alert">
          {t("sign-in.wrong")}
        </p>
      )}
      {error && !(error instanceof Refusal && error.status === 401) && <Trouble error={error} />}
      <button type="submit">{t("sign-in.enter")}</button>
      {at && <AtIssuer at={at} failed={setError} />}
    </form>
  );
}

function AtIssuer({ at, failed }: { at: Issuer; failed: (error: Error) => void }) {
  const { t } = useWords();
  const leave = async () => {
    try {
      const { begin } = await import("../../oidc");
      await begin(at);
    } catch (error) {
      failed(error as Error);
    }
  };
  return (
    <button type="button" class="quiet" onClick={leave}>
      {t("sign-in.at-issuer", { host: new URL(at.issuer).host })}
    </button>
  );
}
