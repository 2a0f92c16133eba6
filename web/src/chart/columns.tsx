/** Columns over time, each of one part or of several on each other, with their figures as a table. */

import { useWords } from "../i18n";

export interface Part {
  name: string;
  /** The class of its colour; none is the accent. */
  tone?: string;
}

export interface Column {
  key: string;
  /** When, in words. */
  when: string;
  /** A value for each part. */
  values: number[];
}

interface ColumnsProps {
  columns: Column[];
  parts: Part[];
  label: string;
  /** What the first column of the table is. */
  time: string;
  said: (value: number) => string;
}

const WIDTH = 900;
const HEIGHT = 160;
const GAP = 0.25;

export function Columns({ columns, parts, label, time, said }: ColumnsProps) {
  const { t } = useWords();
  const most = Math.max(...columns.map(sum), 0);
  const wide = WIDTH / columns.length;
  return (
    <>
      <figure class="days">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
          {columns.map((column, at) => (
            <Stack key={column.key} column={column} parts={parts} left={at * wide + (GAP * wide) / 2} width={wide * (1 - GAP)} scale={most > 0 ? HEIGHT / most : 0} said={said} />
          ))}
        </svg>
        <figcaption>
          <span>{columns[0]?.when}</span>
          <span>{t("chart.most", { sum: said(most) })}</span>
          <span>{columns.at(-1)?.when}</span>
        </figcaption>
      </figure>
      <details>
        <summary>{t("series.figures")}</summary>
        <Table columns={columns} parts={parts} time={time} said={said} />
      </details>
    </>
  );
}

interface StackProps {
  column: Column;
  parts: Part[];
  left: number;
  width: number;
  /** Of height for a value of one. */
  scale: number;
  said: (value: number) => string;
}

function Stack({ column, parts, left, width, scale, said }: StackProps) {
  let top = HEIGHT;
  return (
    <g>
      {parts.map((part, at) => {
        const value = column.values[at] ?? 0;
        top -= value * scale;
        return (
          <rect key={part.name} class={part.tone} x={left} width={width} y={top} height={value * scale}>
            <title>{`${column.when}: ${parts.length > 1 ? `${part.name} ` : ""}${said(value)}`}</title>
          </rect>
        );
      })}
    </g>
  );
}

function Table({ columns, parts, time, said }: Pick<ColumnsProps, "columns" | "parts" | "time" | "said">) {
  return (
    <table>
      <thead>
        <tr>
          <th>{time}</th>
          {parts.map((part) => (
            <th key={part.name} class="right">
              {part.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {[...columns].reverse().map((column) => (
          <tr key={column.key}>
            <td>{column.when}</td>
            {column.values.map((value, at) => (
              <td key={parts[at]?.name} class="right">
                {said(value)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function sum(column: Column): number {
  return column.values.reduce((all, value) => all + value, 0);
}
