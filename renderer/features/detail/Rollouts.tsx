import { Undo2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RequestAnswer, Target } from "../../../shared/contract.ts";
import { objectKey, resourceOf } from "../../data/references.ts";
import { useConnection } from "../../data/services.tsx";
import { useReceipts } from "../../data/receipts.ts";
import { useCommands } from "../../data/useCommands.ts";
import { Age } from "../../ui/Age.tsx";
import { Button } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Chip } from "../../ui/Section.tsx";
import { useQuestions } from "../actions/questions.ts";
import { useRefusal } from "../actions/refusal.ts";

type Revision = RequestAnswer<"actions.revisions">[number];

function useRevisions(target: Target): { revisions?: Revision[]; error?: string } {
  const connection = useConnection();
  const [state, setState] = useState<{ revisions?: Revision[]; error?: string }>({});
  const changes = useReceipts(({ list }) => list.length);
  const key = `${target.cluster} ${objectKey(target.object)}`;
  useEffect(() => {
    let wanted = true;
    connection.request("actions.revisions", target).then(
      (revisions) => wanted && setState({ revisions: revisions.toSorted((a, b) => b.revision - a.revision) }),
      (error: Error) => wanted && setState({ error: error.message }),
    );
    return () => {
      wanted = false;
    };
    // The key says all that the target does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [connection, key, changes]);
  return state;
}

/** Revisions of a Deployment, newest first, each one click from being the current one. */
export function Rollouts({ target }: { target: Target }) {
  const { t } = useTranslation();
  const { rollback } = useCommands();
  const { revisions, error } = useRevisions(target);
  const refused = useRefusal(target.cluster, {
    changes: true,
    check: { verb: "patch", resource: resourceOf(target.object), namespace: target.object.namespace },
  });
  const { name } = target.object;
  const ask = async (revision: number) => {
    const yes = await useQuestions.getState().ask({
      title: t("questions.rollBackTitle", { name, revision }),
      body: t("questions.rollBackBody"),
      action: t("actions.rollBack"),
      danger: false,
    });
    if (yes) await rollback(target, revision);
  };
  if (error) return <Notice tone="error" className="m-4" title={error} />;
  return (
    <ol aria-label={t("sections.rollouts")} className="px-4 py-2">
      {(revisions ?? []).map((each) => (
        <li key={each.revision} className="flex min-h-11 items-center gap-3 border-b border-border py-1.5">
          <span className="w-10 shrink-0 font-medium tabular-nums">#{each.revision}</span>
          <div className="min-w-0 flex-1">
            <p className="truncate font-mono text-code" title={each.images.join("\n")}>
              {each.images.join(", ")}
            </p>
            <p className="truncate text-meta text-muted-foreground">
              <Age at={each.at} /> {t("detail.ago")}
              {each.cause ? ` · ${each.cause}` : ""} · {t("detail.pods", { count: each.replicas })}
            </p>
          </div>
          {each.current ? (
            <Chip>{t("detail.current")}</Chip>
          ) : (
            <Button
              icon={Undo2}
              refused={refused}
              aria-label={t("detail.rollBackTo", { revision: each.revision })}
              onClick={() => void ask(each.revision)}
            >
              {t("actions.rollBack")}
            </Button>
          )}
        </li>
      ))}
    </ol>
  );
}
