import { Puzzle } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDefinitions } from "../../data/clusterState.ts";
import { SearchField } from "../../ui/fields.tsx";
import { EmptyState, Notice, Skeleton } from "../../ui/Notice.tsx";
import { FreshnessNotice } from "../clusters/FreshnessNotice.tsx";
import { DefinitionDetail } from "./DefinitionDetail.tsx";
import { DefinitionList } from "./DefinitionList.tsx";
import { byGroup } from "./definitionsModel.ts";

/** What kinds have been added to the cluster, and what their fields are. */
export function DefinitionsScreen({ cluster }: { cluster: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [name, setName] = useState<string>();
  const { message, error } = useDefinitions(cluster);
  const failed = error?.message ?? (message && ["forbidden", "failed"].includes(message.freshness.state) ? message.freshness.message : undefined);
  if (failed !== undefined) {
    return (
      <Notice tone="error" className="m-4" title={t("definitions.failed")}>
        {failed}
      </Notice>
    );
  }
  if (!message || (message.freshness.state === "loading" && message.definitions.length === 0)) return <Skeleton className="m-4 w-1/3" />;
  const { definitions, freshness } = message;
  if (definitions.length === 0) {
    return (
      <EmptyState icon={Puzzle} title={t("definitions.none")}>
        {t("definitions.how")}
      </EmptyState>
    );
  }
  const groups = byGroup(definitions, text);
  const shown = definitions.find((definition) => definition.name === name) ?? groups[0]?.definitions[0];
  return (
    <div className="flex h-full flex-col">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-border px-4 py-2">
        <h1 className="text-title font-semibold">{t("definitions.screen")}</h1>
        <span className="text-muted-foreground tabular-nums">{t("definitions.count", { count: definitions.length })}</span>
        <SearchField
          value={text}
          onValue={setText}
          label={t("definitions.filter")}
          clearLabel={t("definitions.clear")}
          placeholder={t("definitions.filter")}
          className="ml-auto w-56"
        />
      </div>
      <FreshnessNotice cluster={cluster} freshness={freshness} />
      <div className="flex min-h-0 flex-1">
        <DefinitionList groups={groups} chosen={shown?.name} onChoose={setName} />
        {shown ? (
          <DefinitionDetail key={shown.name} cluster={cluster} definition={shown} />
        ) : (
          <p className="p-4 text-muted-foreground">{t("definitions.noMatch")}</p>
        )}
      </div>
    </div>
  );
}
