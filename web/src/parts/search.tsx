/** A search field that waits until somebody has stopped typing. */

import { useEffect, useRef } from "preact/hooks";

interface SearchProps {
  label: string;
  value: string;
  changed: (value: string) => void;
}

const PAUSE_MS = 300;

export function Search({ label, value, changed }: SearchProps) {
  const timer = useRef(0);
  // Who has gone on meanwhile is not called back.
  useEffect(() => () => clearTimeout(timer.current), []);
  const typed = (text: string) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => changed(text), PAUSE_MS);
  };
  return <input type="search" aria-label={label} placeholder={label} defaultValue={value} onInput={(event) => typed(event.currentTarget.value)} />;
}
