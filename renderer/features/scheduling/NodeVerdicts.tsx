import { useTranslation } from "react-i18next";
import type { SchedulingExplanation } from "../../../shared/scheduling.ts";
import { builtIn } from "../../data/references.ts";
import { formatNumber } from "../../ui/format.ts";
import { Status } from "../../ui/Status.tsx";
import { ObjectLink } from "../detail/ObjectLink.tsx";

type NodeVerdict = SchedulingExplanation["nodes"][number];

function Verdict({ node, chosen }: { node: NodeVerdict; chosen: boolean }) {
  const { t } = useTranslation();
  if (node.refusals.length > 0) return <Status status="failed" text={t("scheduling.refused")} />;
  return chosen ? <Status status="running" text={t("scheduling.chosen")} /> : <Status status="succeeded" text={t("scheduling.wouldDo")} />;
}

function Findings({ node }: { node: NodeVerdict }) {
  if (node.refusals.length > 0) {
    return (
      <ul>
        {node.refusals.map(({ plugin, reason, detail }) => (
          <li key={`${plugin} ${reason}`}>
            <span>{reason}</span>
            {detail ? <span className="text-muted-foreground">: {detail}</span> : null}
            <span className="ml-1.5 font-mono text-code text-muted-foreground">{plugin}</span>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <span className="font-mono text-code text-muted-foreground">
      {node.scores.map(({ plugin, score, weight }) => `${plugin} ${formatNumber(score)}${weight === 1 ? "" : ` × ${weight}`}`).join(" · ")}
    </span>
  );
}

/** Which plugin says what of each node, and how the ones that would do were scored. */
export function NodeVerdicts({ cluster, explanation }: { cluster: string; explanation: SchedulingExplanation }) {
  const { t } = useTranslation();
  const head = "border-b border-border py-1 pr-4 text-left text-meta font-medium text-muted-foreground";
  return (
    <table className="w-full border-collapse" aria-label={t("scheduling.nodes")}>
      <thead>
        <tr>
          <th className={head}>{t("scheduling.node")}</th>
          <th className={head}>{t("scheduling.verdict")}</th>
          <th className={`${head} w-full`}>{t("scheduling.findings")}</th>
          <th className={`${head} pr-0 text-right`}>{t("scheduling.score")}</th>
        </tr>
      </thead>
      <tbody>
        {explanation.nodes.map((node) => (
          <tr key={node.name} className="border-b border-border align-top" data-selectable>
            <th scope="row" className="py-1.5 pr-4 text-left font-normal whitespace-nowrap">
              <ObjectLink cluster={cluster} object={{ ...builtIn("", "nodes"), name: node.name }} />
            </th>
            <td className="py-1.5 pr-4 whitespace-nowrap">
              <Verdict node={node} chosen={node.name === explanation.node} />
            </td>
            <td className="py-1.5 pr-4 break-words">
              <Findings node={node} />
            </td>
            <td className="py-1.5 text-right tabular-nums">{node.total === undefined ? "" : formatNumber(node.total)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
