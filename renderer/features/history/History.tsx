import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Target } from "../../../shared/contract.ts";
import type { JournalWrite } from "../../../shared/journal.ts";
import { useHistory } from "../../data/clusterState.ts";
import { Age } from "../../ui/Age.tsx";
import { IconButton } from "../../ui/Button.tsx";
import { Segmented } from "../../ui/fields.tsx";
import { Notice, Skeleton } from "../../ui/Notice.tsx";
import { Chain } from "./Chain.tsx";
import { Changes } from "./Deed.tsx";
import { deedOf, isDecision } from "./steps.ts";

function Write({ cluster, write, open, onOpen }: { cluster: string; write: JournalWrite; open: boolean; onOpen(): void }) {
  const { t } = useTranslation();
  const known = write.revision > 0;
  return (
    <li className="border-b border-border">
      <div className="flex min-h-9 items-center gap-2 py-1">
        {known ? (
          <IconButton
            icon={open ? ChevronDown : ChevronRight}
            label={open ? t("history.hideChain") : t("history.showChain")}
            size="small"
            aria-expanded={open}
            onClick={onOpen}
          />
        ) : null}
        <Age at={write.at} className="w-12 shrink-0 text-meta text-muted-foreground tabular-nums" />
        <div className="min-w-0 flex-1">
          <p className="break-words">
            <span className="font-medium" title={write.user}>
              {write.component}
            </span>{" "}
            <span>{t(`history.did.${deedOf(write)}`, { reason: write.reason ?? "" })}</span>{" "}
            {write.cause ? <span className="text-muted-foreground">{t("history.because", { cause: write.cause.text })}</span> : null}
          </p>
          <Changes changes={write.changes} />
        </div>
      </div>
      {open ? (
        <div className="mb-2 rounded-panel border border-border bg-sidebar">
          <Chain cluster={cluster} revisions={[write.revision]} />
        </div>
      ) : null}
    </li>
  );
}

const filters = ["all", "decisions"] as const;
type Filter = (typeof filters)[number];

/** Who wrote to the object, when and why; each write opens to what it brought about. */
export default function History({ target }: { target: Target }) {
  const { t } = useTranslation();
  const { message, error } = useHistory(target);
  const [filter, setFilter] = useState<Filter>("all");
  const [open, setOpen] = useState<number>();
  if (error) return <Notice tone="error" className="m-4" title={error.message} />;
  if (!message) return <Skeleton className="m-4 w-1/2" />;
  const writes = message.writes.filter((write) => filter === "all" || isDecision(write));
  return (
    <div className="px-4 py-2">
      {message.source === "journal" ? (
        <Segmented<Filter>
          label={t("history.filter")}
          options={filters.map((value) => ({ value, label: t(`history.filters.${value}`) }))}
          value={filter}
          onValue={setFilter}
        />
      ) : (
        <p className="text-muted-foreground">{t("history.noJournal")}</p>
      )}
      {writes.length === 0 ? <p className="py-3 text-muted-foreground">{t("history.nothing")}</p> : null}
      <ol aria-label={t("sections.history")} className="mt-1">
        {writes.map((write) => (
          <Write
            key={`${write.revision} ${write.component} ${write.at}`}
            cluster={target.cluster}
            write={write}
            open={write.revision > 0 && write.revision === open}
            onOpen={() => setOpen(write.revision === open ? undefined : write.revision)}
          />
        ))}
      </ol>
    </div>
  );
}
