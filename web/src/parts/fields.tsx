/** A small form: its fields by name, only those that were filled in; what the API says is wrong stands at its field. */

import { useEffect, useRef } from "preact/hooks";
import { Refusal } from "../api/http";
import type { Flaw } from "../api/types";
import { useSubmit } from "./submit";
import { Trouble } from "./trouble";

export interface FieldRow {
  name: string;
  label: string;
  required?: boolean;
  lines?: number;
  kind?: "text" | "number" | "check" | "datetime-local" | "file";
  value?: string;
  placeholder?: string;
  /** What may be chosen, and how each is said. */
  options?: [value: string, said: string][];
  /** Of a file: its endings. */
  accept?: string;
}

interface FieldsProps {
  rows: FieldRow[];
  label: string;
  send: (given: Record<string, string>, form: FormData) => Promise<unknown>;
  /** Hears of every change, so that other rows may be shown. */
  changed?: (name: string, value: string) => void;
}

export function Fields({ rows, label, send, changed }: FieldsProps) {
  const form = useRef<HTMLFormElement>(null);
  const { busy, error, submitted } = useSubmit((all) => {
    const given = [...all].filter((each): each is [string, string] => typeof each[1] === "string" && each[1] !== "");
    return send(Object.fromEntries(given), all);
  });
  const heard = (event: Event) => {
    const { name, value } = event.target as HTMLInputElement;
    changed?.(name, value);
  };
  useEffect(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus(), [error]);
  const { at, rest } = sorted(error, rows);
  return (
    <form ref={form} onSubmit={submitted} onChange={heard}>
      <div class="fields">
        {rows.map((row) => (
          <Field key={row.name} row={row} flaw={at[row.name]} />
        ))}
      </div>
      {rest && <Trouble error={rest} />}
      <button type="submit" disabled={busy}>
        {label}
      </button>
    </form>
  );
}

/** Flaws by the field that they are about, and the error without them; null if nothing is left of it. */
function sorted(error: Error | null, rows: FieldRow[]): { at: Record<string, string>; rest: Error | null } {
  const flaws: Flaw[] = error instanceof Refusal ? (error.problem.errors ?? []) : [];
  const field = (flaw: Flaw) => rows.find(({ name }) => flaw.field === name || flaw.field?.endsWith(`.${name}`))?.name;
  const at = Object.fromEntries(flaws.flatMap((flaw) => (field(flaw) ? [[field(flaw), flaw.detail]] : [])));
  const left = flaws.filter((flaw) => !field(flaw));
  if (!(error instanceof Refusal) || left.length === flaws.length) return { at, rest: error };
  return { at, rest: left.length ? new Refusal(error.status, { ...error.problem, errors: left }) : null };
}

function Field({ row, flaw }: { row: FieldRow; flaw: string | undefined }) {
  const told = flaw ? `flaw-${row.name}` : undefined;
  return (
    <div class={row.lines ? "wide" : row.kind === "check" ? "check" : ""}>
      <label>
        {row.label}
        <Control row={row} told={told} />
      </label>
      {flaw && (
        <p id={told} class="flaw" role="alert">
          {flaw}
        </p>
      )}
    </div>
  );
}

function Control({ row, told }: { row: FieldRow; told: string | undefined }) {
  const { name, required = false, lines, kind = "text", value, placeholder, options, accept } = row;
  const usual = { name, required, placeholder, "aria-invalid": told ? true : undefined, "aria-describedby": told };
  if (options) {
    return (
      <select {...usual}>
        {options.map(([each, said]) => (
          <option key={each} value={each} selected={each === value}>
            {said}
          </option>
        ))}
      </select>
    );
  }
  if (kind === "check") return <input {...usual} type="checkbox" defaultChecked={value === "on"} />;
  if (lines) return <textarea {...usual} rows={lines} defaultValue={value} />;
  return <input {...usual} type={kind as "text"} accept={accept} step={kind === "number" ? "any" : undefined} defaultValue={value} />;
}
