import { useEffect, useState } from "react";
import { host } from "../data/host.ts";
import { usePreferences, type Theme } from "./preferences.ts";

const darkQuery = (): MediaQueryList => window.matchMedia("(prefers-color-scheme: dark)");

const resolve = (theme: Theme): "light" | "dark" => (theme === "system" ? (darkQuery().matches ? "dark" : "light") : theme);

/** Puts the chosen look on the document; called before the first paint and at each change. */
export function applyLook(): void {
  const { theme, density } = usePreferences.getState();
  document.documentElement.dataset["theme"] = resolve(theme);
  document.documentElement.dataset["density"] = density;
}

/** Follows the preferences and the system from now on. */
export function followLook(): void {
  applyLook();
  darkQuery().addEventListener("change", applyLook);
  let sent = "";
  const follow = () => {
    applyLook();
    const { theme } = usePreferences.getState();
    if (theme !== sent) void host().setTheme(theme);
    sent = theme;
  };
  follow();
  usePreferences.subscribe(follow);
}

/** The theme in force. */
export function useResolvedTheme(): "light" | "dark" {
  const theme = usePreferences((state) => state.theme);
  const [dark, setDark] = useState(() => darkQuery().matches);
  useEffect(() => {
    const query = darkQuery();
    const changed = () => setDark(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return theme === "system" ? (dark ? "dark" : "light") : theme;
}
