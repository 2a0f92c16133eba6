/** Names and values beside each other. */

import type { ComponentChildren } from "preact";

export type FactRow = [name: string, value: ComponentChildren];

/** Those without a value are left out. */
export function Facts({ rows }: { rows: FactRow[] }) {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return (
    <dl class="facts">
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Figures that are read from afar. */
export function Figures({ rows }: { rows: [name: string, value: ComponentChildren, hint?: ComponentChildren][] }) {
  return (
    <dl class="figures">
      {rows.map(([name, value, hint]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
          {hint && <dd class="muted">{hint}</dd>}
        </div>
      ))}
    </dl>
  );
}
