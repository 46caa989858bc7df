import { Keyboard, Monitor, Moon, Settings, Sun, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { host } from "../data/host.ts";
import { IconButton } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Checkbox, Segmented } from "../ui/fields.tsx";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from "../ui/Menu.tsx";
import { useDialogs } from "./dialogs.ts";
import { keysOf } from "./keys.ts";
import { usePreferences, type Density, type Theme } from "./preferences.ts";
import { useResolvedTheme } from "./theme.ts";

const themes: readonly Theme[] = ["system", "light", "dark"];
const densities: readonly Density[] = ["compact", "regular", "roomy"];
const themeIcons: Record<"light" | "dark", LucideIcon> = { light: Sun, dark: Moon };

/** Theme, keys and settings. */
export function SettingsMenu() {
  const { t } = useTranslation();
  const theme = usePreferences((state) => state.theme);
  const set = usePreferences((state) => state.set);
  const resolved = useResolvedTheme();
  const open = useDialogs((state) => state.open);
  return (
    <Menu
      label={t("settings.menu")}
      align="end"
      trigger={<IconButton icon={theme === "system" ? Monitor : themeIcons[resolved]} label={t("settings.menu")} />}
    >
      <MenuLabel>{t("settings.theme")}</MenuLabel>
      {themes.map((each) => (
        <MenuChoice key={each} checked={theme === each} onSelect={() => set({ theme: each })}>
          {t(`settings.themes.${each}`)}
        </MenuChoice>
      ))}
      <MenuSeparator />
      <MenuItem icon={Keyboard} keys="?" onSelect={() => open("keys")}>
        {t("keys.title")}
      </MenuItem>
      <MenuItem icon={Settings} keys={keysOf("settings")} onSelect={() => open("settings")}>
        {t("settings.title")}
      </MenuItem>
    </Menu>
  );
}

/** Appearance and keys; a change applies at once. */
export function SettingsDialog() {
  const { t } = useTranslation();
  const { theme, density, singleKeys, set } = usePreferences();
  const { settings, close } = useDialogs();
  const row = "flex items-center justify-between gap-4 border-t border-border py-3 first:border-t-0";
  return (
    <Dialog open={settings} onOpenChange={(open) => (open ? undefined : close())} title={t("settings.title")} closeLabel={t("common.close")}>
      <div className={row}>
        <span>{t("settings.theme")}</span>
        <Segmented
          label={t("settings.theme")}
          value={theme}
          onValue={(value) => set({ theme: value })}
          options={themes.map((value) => ({ value, label: t(`settings.themes.${value}`) }))}
        />
      </div>
      <div className={row}>
        <span>{t("settings.density")}</span>
        <Segmented
          label={t("settings.density")}
          value={density}
          onValue={(value) => set({ density: value })}
          options={densities.map((value) => ({ value, label: t(`settings.densities.${value}`) }))}
        />
      </div>
      <div className={row}>
        <span>
          {t("settings.singleKeys")}
          <span className="block text-meta text-muted-foreground">{t("settings.singleKeysHint")}</span>
        </span>
        <Checkbox hideLabel label={t("settings.singleKeys")} checked={singleKeys} onChange={(event) => set({ singleKeys: event.target.checked })} />
      </div>
      <p className="border-t border-border pt-3 text-meta text-muted-foreground">
        {t("app.name")} {host().version} · {t("settings.noTelemetry")}
      </p>
    </Dialog>
  );
}
