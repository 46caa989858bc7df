import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ObjectRef, ResourceRef, ViewFilter } from "../../../shared/contract.ts";
import { useWorkspace } from "../../app/workspace.ts";
import { useView } from "../../data/useView.ts";
import { layColumns } from "./columnLayout.ts";
import { Grid } from "./Grid.tsx";
import type { Sort } from "./GridHeader.tsx";

interface EmbeddedListProps {
  cluster: string;
  resource: ResourceRef;
  namespace?: string | undefined;
  owner?: ObjectRef;
  filter?: Partial<ViewFilter>;
  label: string;
  omit?: readonly string[];
  /** Order of the columns. */
  order?: string[];
  /** Rows before it scrolls; absent: it fills its place. */
  rows?: number;
  empty: string;
}

/** A small list of objects that belong to another. */
export function EmbeddedList({ cluster, resource, namespace, owner, filter: more, label, omit, order, rows, empty }: EmbeddedListProps) {
  const { t } = useTranslation();
  const show = useWorkspace((state) => state.show);
  const [sort, setSort] = useState<Sort | undefined>();
  const namespaces = useMemo(() => (namespace ? [namespace] : []), [namespace]);
  const filter = useMemo(() => ({ ...more, ...(owner ? { owner } : {}) }), [more, owner]);
  const { state, setRange } = useView({ cluster, resource, namespaces, filter, sort });
  const columns = useMemo(
    () => layColumns(state.columns, order ? { order } : {}, { showNamespace: false, omit: omit ?? [], narrow: true }),
    [state.columns, omit, order],
  );
  if (state.matched === 0)
    return (
      <p className="py-1 text-muted-foreground">{state.freshness.state === "loading" ? t("common.loading") : (state.freshness.message ?? empty)}</p>
    );
  return (
    <div className="-mx-2" style={{ height: rows ? Math.min(state.matched, rows) * 32 + 48 : "100%" }}>
      <Grid
        label={label}
        cluster={cluster}
        state={state}
        columns={columns}
        setRange={setRange}
        sort={sort}
        onSort={setSort}
        onOpen={(target) => show(target)}
      />
    </div>
  );
}
