/** The door: a key, which is tried before it is kept. */

import { useState } from "preact/hooks";
import { get, Refusal } from "../../api/http";
import type { BudgetView } from "../../api/types";
import { useWords } from "../../i18n";
import { Trouble } from "../../parts/trouble";
import { signIn, signOut } from "../../session";

export function SignIn({ refused, done }: { refused: boolean; done: () => void }) {
  const { t } = useWords();
  const [error, setError] = useState<Error | null>(null);
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
    </form>
  );
}
