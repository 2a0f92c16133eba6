/** What is done once at a time: whether it still goes on, and what went wrong the last time. */

import { useState } from "preact/hooks";

export function useBusy() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const during = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failed) {
      setError(failed as Error);
    }
    setBusy(false);
  };
  return { busy, error, during };
}

/** A form's submit, in place of the browser's own. */
export function useSubmit(send: (given: FormData, form: HTMLFormElement) => Promise<unknown>) {
  const { busy, error, during } = useBusy();
  const submitted = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    void during(() => send(new FormData(form), form));
  };
  return { busy, error, submitted };
}
