/** Filters as links with counts: the one that holds is marked, and every one can be shared. */

import { useWords } from "../i18n";

export interface Tab {
  name: string;
  label: string;
  count?: number | undefined;
  href: string;
}

export function Tabs({ label, tabs, chosen }: { label: string; tabs: Tab[]; chosen: string }) {
  const { number } = useWords();
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.name} href={tab.href} aria-current={tab.name === chosen ? "true" : undefined}>
          {tab.label}
          {tab.count !== undefined && <span class="count">{number(tab.count)}</span>}
        </a>
      ))}
    </nav>
  );
}
