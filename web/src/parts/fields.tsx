/** A small form: its fields by name, only those that were filled in. */

import { useSubmit } from "./submit";
import { Trouble } from "./trouble";

export interface FieldRow {
  name: string;
  label: string;
  required?: boolean;
  lines?: number;
  kind?: "text" | "number" | "check";
  value?: string;
}

interface FieldsProps {
  rows: FieldRow[];
  label: string;
  send: (given: Record<string, string>) => Promise<unknown>;
}

export function Fields({ rows, label, send }: FieldsProps) {
  const { busy, error, submitted } = useSubmit((form) => {
    const given = [...form].map(([name, value]): [string, string] => [name, String(value)]);
    return send(Object.fromEntries(given.filter(([, value]) => value !== "")));
  });
  return (
    <form onSubmit={submitted}>
      <div class="fields">
        {rows.map((row) => (
          <label key={row.name} class={row.lines ? "wide" : row.kind === "check" ? "check" : ""}>
            {row.label}
            <Control row={row} />
          </label>
        ))}
      </div>
      {error && <Trouble error={error} />}
      <button type="submit" disabled={busy}>
        {label}
      </button>
    </form>
  );
}

function Control({ row: { name, required = false, lines, kind = "text", value } }: { row: FieldRow }) {
  if (kind === "check") return <input name={name} type="checkbox" defaultChecked={value === "on"} />;
  if (lines) return <textarea name={name} rows={lines} required={required} defaultValue={value} />;
  return <input name={name} type={kind as "text"} step={kind === "number" ? "any" : undefined} required={required} defaultValue={value} />;
}
