import { Map as MapIcon } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type MapGrouping, mapGroupings, type MapMessage, type MapNode } from "../../../shared/map.ts";
import { useNamespaces, useWorkspace } from "../../app/workspace.ts";
import { useMap } from "../../data/clusterState.ts";
import { Button } from "../../ui/Button.tsx";
import { Checkbox, SearchField, Segmented } from "../../ui/fields.tsx";
import { EmptyState, Notice, Skeleton } from "../../ui/Notice.tsx";
import { FreshnessNotice } from "../clusters/FreshnessNotice.tsx";
import { MapCanvas } from "./MapCanvas.tsx";
import { shownBy } from "./mapModel.ts";
import { MapTree } from "./MapTree.tsx";
import { useLayout } from "./useLayout.ts";

type Look = "picture" | "tree";

/** What a cluster's objects have to do with each other. */
export function MapScreen({ cluster }: { cluster: string }) {
  const { t } = useTranslation();
  const namespaces = useNamespaces();
  const [by, setBy] = useState<MapGrouping>("namespace");
  const [look, setLook] = useState<Look>("picture");
  const [text, setText] = useState("");
  const [problems, setProblems] = useState(false);
  const [config, setConfig] = useState(true);
  const { message, error } = useMap(cluster, namespaces, by);
  return (
    <div className="flex h-full flex-col">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-border px-4 py-2">
        <h1 className="text-title font-semibold">{t("map.screen")}</h1>
        <Segmented<MapGrouping>
          label={t("map.groupBy")}
          value={by}
          onValue={setBy}
          options={mapGroupings.map((value) => ({ value, label: t(`map.by.${value}`) }))}
        />
        <Segmented<Look>
          label={t("map.look")}
          value={look}
          onValue={setLook}
          options={(["picture", "tree"] as const).map((value) => ({ value, label: t(`map.looks.${value}`) }))}
        />
        <Checkbox label={t("map.problems")} checked={problems} onChange={(event) => setProblems(event.target.checked)} />
        {by === "node" ? null : <Checkbox label={t("map.config")} checked={config} onChange={(event) => setConfig(event.target.checked)} />}
        <SearchField
          value={text}
          onValue={setText}
          label={t("map.filter")}
          clearLabel={t("map.clear")}
          placeholder={t("map.filter")}
          className="ml-auto w-56"
        />
      </div>
      <div className="min-h-0 flex-1">
        {error ? <Notice tone="error" title={error.message} className="m-4" /> : null}
        {message ? (
          <Shown key={`${cluster} ${by}`} cluster={cluster} message={message} look={look} filter={{ text, problems, config }} />
        ) : error ? null : (
          <div className="p-4">
            <Skeleton className="w-1/3" />
          </div>
        )}
      </div>
    </div>
  );
}

interface ShownProps {
  cluster: string;
  message: MapMessage;
  look: Look;
  filter: { text: string; problems: boolean; config: boolean };
}

function Shown({ cluster, message, look, filter }: ShownProps) {
  const { t } = useTranslation();
  const [selected, setSelected] = useState<string>();
  const [centre, setAround] = useState<string>();
  const around = message.nodes.some(({ id }) => id === centre) ? centre : undefined;
  const shown = useMemo(() => shownBy(message, { ...filter, around }), [message, filter, around]);
  const open = ({ object, name }: MapNode) => {
    if (object) useWorkspace.getState().show({ cluster, object });
    // A group stands for its namespace.
    else useWorkspace.getState().setNamespaces([name]);
  };
  const { state } = message.freshness;
  if (state === "forbidden" || state === "failed")
    return (
      <Notice tone="error" title={t("map.failed")} className="m-4">
        {message.freshness.message}
      </Notice>
    );
  if (state === "loading") return <Skeleton className="m-4 w-1/3" />;
  if (shown.nodes.length === 0) {
    const hidden = message.nodes.length;
    return (
      <EmptyState icon={MapIcon} title={hidden > 0 ? t("map.allHidden", { count: hidden }) : t("map.none")}>
        {hidden > 0 ? t("map.hiddenWhy") : t("map.how")}
      </EmptyState>
    );
  }
  const props = { shown, selected, onSelect: setSelected, onOpen: open };
  return (
    <div className="flex h-full flex-col">
      <FreshnessNotice cluster={cluster} freshness={message.freshness} />
      {message.collapsed ? <Notice tone="info" title={t("map.collapsed")} className="mx-4 mt-2" /> : null}
      {around !== undefined || selected !== undefined ? (
        <div className="flex items-center gap-2 border-b border-border px-4 py-1.5">
          <span className="min-w-0 flex-1 truncate text-muted-foreground">{message.nodes.find(({ id }) => id === (around ?? selected))?.name}</span>
          {around === undefined ? (
            <Button onClick={() => setAround(selected)}>{t("map.around")}</Button>
          ) : (
            <Button onClick={() => setAround(undefined)}>{t("map.whole")}</Button>
          )}
        </div>
      ) : null}
      <div className="min-h-0 flex-1">{look === "tree" ? <MapTree {...props} /> : <Picture {...props} />}</div>
    </div>
  );
}

function Picture(props: Parameters<typeof MapTree>[0]) {
  const { t } = useTranslation();
  const { layout, problem } = useLayout(props.shown, window.innerWidth / window.innerHeight);
  if (problem)
    return (
      <Notice tone="error" title={t("map.noLayout")} className="m-4">
        {problem}
      </Notice>
    );
  return layout ? <MapCanvas {...props} layout={layout} /> : <Skeleton className="m-4 w-1/3" />;
}
