/** How many of each: rows with a bar, each perhaps a link to those. */

import { useWords } from "../i18n";

interface CountsProps {
  title: string;
  counts: Record<string, number>;
  said?: (name: string) => string;
  shown?: (count: number) => string;
  link?: (name: string) => string;
}

const MOST = 8;

export function Counts({ title, counts, said = (name) => name, shown, link }: CountsProps) {
  const { t, number } = useWords();
  const rows = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const most = Math.max(...rows.map(([, count]) => count));
  return (
    <section class="counts">
      <h2>{title}</h2>
      <ul class="plain">
        {rows.slice(0, MOST).map(([name, count]) => (
          <li key={name}>
            {link ? <a href={link(name)}>{said(name)}</a> : <span>{said(name)}</span>}
            <span class="right">{(shown ?? number)(count)}</span>
            <i style={{ width: `${(100 * count) / most}%` }} />
          </li>
        ))}
      </ul>
      {rows.length > MOST && <p class="muted">{t("more-rows", { n: rows.length - MOST })}</p>}
    </section>
  );
}
