import { Copy, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { AccessAnswer, AccessQuestion, AccessSubject, Grant } from "../../../shared/access.ts";
import { useAccessAnswer } from "../../data/clusterState.ts";
import { useCommands } from "../../data/useCommands.ts";
import { IconButton } from "../../ui/Button.tsx";
import { Notice, Skeleton } from "../../ui/Notice.tsx";
import { Status } from "../../ui/Status.tsx";
import { ObjectLink } from "../detail/ObjectLink.tsx";
import { qualified, ruleText, subjectText } from "./accessModel.ts";

interface WhyProps {
  cluster: string;
  question: AccessQuestion;
  /** Nobody: the window's own user. */
  subject: AccessSubject | undefined;
  onClose(): void;
}

/** One question: the API server's word, and the bindings and roles behind it. */
export function Why({ cluster, question, subject, onClose }: WhyProps) {
  const { t } = useTranslation();
  const { message, error } = useAccessAnswer(cluster, question, subject);
  const words = { verb: question.verb, resource: qualified(question), namespace: question.namespace };
  return (
    <section aria-label={t("access.why")} className="max-h-[45%] shrink-0 overflow-auto border-t border-border bg-card px-4 py-2">
      <div className="flex items-center gap-3">
        <h2 className="min-w-0 flex-1 truncate font-semibold">{t(question.namespace ? "access.in" : "access.inAll", words)}</h2>
        <IconButton icon={X} label={t("access.close")} size="small" onClick={onClose} />
      </div>
      {error ? (
        <Notice tone="error" title={error.message} className="my-2" />
      ) : message ? (
        <Answer cluster={cluster} answer={message} />
      ) : (
        <Skeleton className="my-2 w-1/3" />
      )}
    </section>
  );
}

function Answer({ cluster, answer }: { cluster: string; answer: AccessAnswer }) {
  const { t } = useTranslation();
  const { pending, allowed, reason, grants, partial, kubectl } = answer;
  const { copy } = useCommands();
  return (
    <>
      <div className="flex flex-wrap items-baseline gap-x-3 py-1">
        {pending ? (
          <span className="text-muted-foreground">{t("access.asking")}</span>
        ) : (
          <Status
            status={allowed === undefined ? "unknown" : allowed ? "running" : "failed"}
            text={t(allowed === undefined ? "access.notAsked" : allowed ? "access.allowed" : "access.denied")}
            className="font-medium"
          />
        )}
        <span className="min-w-0 text-meta text-muted-foreground" data-selectable>
          {reason}
        </span>
      </div>
      {grants.length > 0 ? (
        <Grants cluster={cluster} grants={grants} />
      ) : pending ? null : (
        <p className="text-muted-foreground">{t(allowed ? "access.othersAllow" : partial ? "access.noKnownGrant" : "access.noGrant")}</p>
      )}
      <div className="mt-1 flex items-center gap-1 text-muted-foreground">
        <code className="min-w-0 truncate font-mono text-code" data-selectable>
          {kubectl}
        </code>
        <IconButton icon={Copy} label={t("access.copy")} size="small" onClick={() => void copy(kubectl, "kubectl")} />
      </div>
    </>
  );
}

/** Binding → role → rule, one a line. */
export function Grants({ cluster, grants }: { cluster: string; grants: Grant[] }) {
  const { t } = useTranslation();
  return (
    <ul aria-label={t("access.grants")} className="divide-y divide-border">
      {grants.map((grant) => (
        <li key={JSON.stringify(grant)} className="flex flex-wrap items-baseline gap-x-1.5 py-0.5">
          <ObjectLink cluster={cluster} object={grant.binding} />
          <span className="text-muted-foreground" aria-hidden>
            →
          </span>
          <ObjectLink cluster={cluster} object={grant.role} />
          <span className="text-muted-foreground">
            {grant.namespace ? t("access.inNamespace", { namespace: grant.namespace }) : t("access.everywhere")}
          </span>
          {grant.rule.names.length > 0 ? <span className="text-pending">{t("access.named", { names: grant.rule.names.join(", ") })}</span> : null}
          <span className="text-muted-foreground">
            {t("access.through", { subject: `${t(`access.kinds.${grant.subject.kind}`)} ${subjectText(grant.subject)}` })}
          </span>
          <code className="w-full min-w-0 truncate font-mono text-code text-muted-foreground" title={ruleText(grant.rule)} data-selectable>
            {ruleText(grant.rule)}
          </code>
        </li>
      ))}
    </ul>
  );
}
