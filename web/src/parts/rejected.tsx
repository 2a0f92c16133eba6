/** Lines that were not taken, each with why. */

import { useWords } from "../i18n";
import { Download } from "./downloads";

interface RejectedProps {
  count: number;
  lines: { [name: string]: unknown }[];
  path?: string;
}

export function RejectedLines({ count, lines, path }: RejectedProps) {
  const { t } = useWords();
  if (!count) return null;
  return (
    <details class="notice warn">
      <summary>{t("rejected", { n: count })}</summary>
      <ul>
        {lines.map((line, at) => (
          <li key={at}>{said(line, t("trouble.line", { line: String(line.line ?? "–") }))}</li>
        ))}
      </ul>
      {path && <Download path={path} label={t("rejected.download")} />}
    </details>
  );
}

function said(line: { [name: string]: unknown }, place: string): string {
  const rest = Object.entries(line).filter(([name, value]) => name !== "line" && value !== null);
  const first = line.line === undefined || line.line === null ? [] : [place];
  return [...first, ...rest.map(([, value]) => (typeof value === "string" ? value : JSON.stringify(value)))].join(" · ");
}
