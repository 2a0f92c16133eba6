/** What the API says and this page has no place for: shown as it is, so that nothing it learns to say is silent. */

import { useWords } from "../i18n";
import { Facts } from "./facts";

export function Extras({ of, known }: { of: object; known: readonly string[] }) {
  const { t } = useWords();
  const rest = Object.entries(of).filter(([name, value]) => !known.includes(name) && !empty(value));
  if (!rest.length) return null;
  return (
    <details>
      <summary>{t("extras")}</summary>
      <Facts rows={rest.map(([name, value]) => [name.replaceAll("_", " "), shown(value)])} />
    </details>
  );
}

function empty(value: unknown): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value ?? {}).length === 0);
}

function shown(value: unknown) {
  return typeof value === "object" ? <pre>{JSON.stringify(value, null, 1)}</pre> : String(value);
}
