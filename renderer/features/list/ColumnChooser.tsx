import { ArrowDown, ArrowUp, Columns3, Minus, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ViewColumn } from "../../../shared/contract.ts";
import { usePreferences } from "../../app/preferences.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Checkbox } from "../../ui/fields.tsx";
import { Popover } from "../../ui/Popover.tsx";
import { isShown, layColumns, moved, orderedColumns, resized, toggled } from "./columnLayout.ts";

const widthStep = 24;

/** Shows, hides, moves and sizes the columns of one kind; every drag has a button here. */
export function ColumnChooser({ kindKey, columns }: { kindKey: string; columns: readonly ViewColumn[] }) {
  const { t } = useTranslation();
  const choice = usePreferences((state) => state.columns[kindKey]) ?? {};
  const setColumns = usePreferences((state) => state.setColumns);
  const ordered = orderedColumns(columns, choice);
  const widthOf = (id: string) => layColumns(columns, choice, { showNamespace: true }).find((column) => column.id === id)?.width;
  const resize = (id: string, by: number) => setColumns(kindKey, resized(id, (widthOf(id) ?? 120) + by, choice));
  return (
    <Popover label={t("list.columns")} align="end" trigger={<IconButton icon={Columns3} label={t("list.columns")} />} className="w-80 p-2">
      <ul className="max-h-96 overflow-y-auto">
        {ordered.map((column, index) => (
          <li key={column.id} className="group flex items-center gap-0.5 rounded-control px-1.5 hover:bg-hover">
            <Checkbox
              label={column.title}
              checked={isShown(column, choice)}
              disabled={column.id === "name"}
              onChange={() => setColumns(kindKey, toggled(column, choice))}
              className="min-h-7 min-w-0 flex-1"
            />
            <IconButton
              size="small"
              icon={Minus}
              label={t("list.narrower", { column: column.title })}
              disabled={widthOf(column.id) === undefined}
              onClick={() => resize(column.id, -widthStep)}
            />
            <IconButton
              size="small"
              icon={Plus}
              label={t("list.wider", { column: column.title })}
              disabled={widthOf(column.id) === undefined}
              onClick={() => resize(column.id, widthStep)}
            />
            <IconButton
              size="small"
              icon={ArrowUp}
              label={t("list.moveUp", { column: column.title })}
              disabled={index === 0}
              onClick={() => setColumns(kindKey, moved(columns, column.id, -1, choice))}
            />
            <IconButton
              size="small"
              icon={ArrowDown}
              label={t("list.moveDown", { column: column.title })}
              disabled={index === ordered.length - 1}
              onClick={() => setColumns(kindKey, moved(columns, column.id, 1, choice))}
            />
          </li>
        ))}
      </ul>
      <div className="mt-1 border-t border-border pt-2">
        <Button variant="ghost" onClick={() => setColumns(kindKey, {})}>
          {t("list.resetColumns")}
        </Button>
      </div>
    </Popover>
  );
}
