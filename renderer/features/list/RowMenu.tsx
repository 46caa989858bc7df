import { useTranslation } from "react-i18next";
import type { Row } from "../../../shared/contract.ts";
import { Menu } from "../../ui/Menu.tsx";
import { ActionItems } from "../actions/ActionMenu.tsx";

export interface RowMenuState {
  row: Row;
  x: number;
  y: number;
}

/** The menu of a row, at the pointer, its button or the row itself. */
export function RowMenu({ cluster, menu, onClose }: { cluster: string; menu: RowMenuState | null; onClose(): void }) {
  const { t } = useTranslation();
  if (!menu) return null;
  return (
    <Menu
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      label={t("list.actionsOf", { name: menu.row.object.name })}
      trigger={<span aria-hidden className="pointer-events-none fixed size-px" style={{ left: menu.x, top: menu.y }} />}
    >
      <ActionItems subject={{ target: { cluster, object: menu.row.object }, facts: menu.row.facts }} />
    </Menu>
  );
}
