import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AccessSubject } from "../../../shared/access.ts";
import { useNamespaces } from "../../app/workspace.ts";
import { useRights } from "../../data/clusterState.ts";
import { Segmented } from "../../ui/fields.tsx";
import { Notice, Skeleton } from "../../ui/Notice.tsx";
import { FreshnessNotice } from "../clusters/FreshnessNotice.tsx";
import { RightsGrid } from "./RightsGrid.tsx";
import { SubjectList } from "./SubjectList.tsx";
import { WhoCan } from "./WhoCan.tsx";

const views = ["rights", "whoCan"] as const;
type View = (typeof views)[number];

/** What one may do, and who may do something. */
export function AccessScreen({ cluster }: { cluster: string }) {
  const { t } = useTranslation();
  const namespaces = useNamespaces();
  const [view, setView] = useState<View>("rights");
  const [subject, setSubject] = useState<AccessSubject>();
  const { message, error } = useRights(cluster, namespaces, subject);
  const openSubject = (chosen: AccessSubject) => {
    setSubject(chosen);
    setView("rights");
  };
  return (
    <div className="flex h-full flex-col">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-border px-4 py-2">
        <h1 className="text-title font-semibold">{t("access.screen")}</h1>
        <Segmented<View>
          label={t("access.views")}
          value={view}
          onValue={setView}
          options={views.map((value) => ({ value, label: t(`access.${value}`) }))}
        />
      </div>
      {view === "whoCan" ? (
        <WhoCan cluster={cluster} namespace={namespaces[0] ?? ""} onSubject={openSubject} />
      ) : error ? (
        <Notice tone="error" className="m-4" title={t("access.failed")}>
          {error.message}
        </Notice>
      ) : message ? (
        <div className="flex min-h-0 flex-1">
          <SubjectList subjects={message.subjects} me={message.me} chosen={subject} onChoose={setSubject} />
          <div className="flex min-w-0 flex-1 flex-col">
            <FreshnessNotice cluster={cluster} freshness={message.freshness} />
            <RightsGrid key={JSON.stringify(subject ?? null)} cluster={cluster} message={message} subject={subject} namespaces={namespaces} />
          </div>
        </div>
      ) : (
        <Skeleton className="m-4 w-1/3" />
      )}
    </div>
  );
}
