/** A column a day, with its figures as a table. */

import { useWords } from "../i18n";

interface DaysProps {
  values: [day: string, value: number][];
  said: (value: number) => string;
}

const WIDTH = 900;
const HEIGHT = 160;
const GAP = 0.25;

export function Days({ values, said }: DaysProps) {
  const { t, period } = useWords();
  const most = Math.max(...values.map(([, value]) => value), Number.MIN_VALUE);
  const wide = WIDTH / values.length;
  const [first, last] = [values[0]?.[0] ?? "", values.at(-1)?.[0] ?? ""];
  return (
    <>
      <figure class="days">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t("money.by-day")}>
          {values.map(([day, value], at) => (
            <rect key={day} x={at * wide + (GAP * wide) / 2} width={wide * (1 - GAP)} y={HEIGHT - (HEIGHT * value) / most} height={(HEIGHT * value) / most}>
              <title>{`${period(day, "D")}: ${said(value)}`}</title>
            </rect>
          ))}
        </svg>
        <figcaption>
          <span>{period(first, "D")}</span>
          <span>{t("money.most", { sum: said(most) })}</span>
          <span>{period(last, "D")}</span>
        </figcaption>
      </figure>
      <details>
        <summary>{t("series.figures")}</summary>
        <table>
          <thead>
            <tr>
              <th>{t("money.day")}</th>
              <th class="right">{t("money.spent")}</th>
            </tr>
          </thead>
          <tbody>
            {[...values].reverse().map(([day, value]) => (
              <tr key={day}>
                <td>{period(day, "D")}</td>
                <td class="right">{said(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}
