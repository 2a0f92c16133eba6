/** Light or dark: the system's, until somebody chooses. */

export type Theme = "auto" | "light" | "dark";
export const THEMES: Theme[] = ["auto", "light", "dark"];
const NAME = "fanfold.theme";

export function theme(): Theme {
  const kept = localStorage.getItem(NAME);
  return THEMES.find((each) => each === kept) ?? "auto";
}

export function applyTheme(chosen: Theme = theme()): void {
  localStorage.setItem(NAME, chosen);
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
