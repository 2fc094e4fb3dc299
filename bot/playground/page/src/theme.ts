/** Light or dark: the system's choice until the reader makes one, which this browser remembers. */

import { useEffect, useState } from "react";

export type Theme = "light" | "dark";
const KEY = "kpi-playground-theme";

function remembered(): Theme | null {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : null;
}

export function useTheme(): [Theme, () => void] {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const [chosen, setChosen] = useState<Theme | null>(remembered);
  const [isSystemDark, setSystemDark] = useState(system.matches);
  const theme = chosen ?? (isSystemDark ? "dark" : "light");

  useEffect(() => {
    const follow = (event: MediaQueryListEvent) => setSystemDark(event.matches);
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, []);

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);

  const toggle = () => {
    const next = theme === "dark" ? "light" : "dark";
    localStorage.setItem(KEY, next);
    setChosen(next);
  };
  return [theme, toggle];
}
