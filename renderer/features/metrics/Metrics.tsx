import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CartesianGrid, Line, LineChart, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { LineChart as ChartIcon } from "lucide-react";
import type { MetricsMessage, Target } from "../../../shared/contract.ts";
import { useMetrics } from "../../data/clusterState.ts";
import { Segmented } from "../../ui/fields.tsx";
import { formatBytes, formatClock, formatCores, formatMinute } from "../../ui/format.ts";
import { EmptyState, Skeleton } from "../../ui/Notice.tsx";
import { Section } from "../../ui/Section.tsx";

type Series = MetricsMessage["series"][number];
type Measure = "cpu" | "memory";

/** The least height of a chart: below it the marks of the axis would read the same. */
const least: Record<Measure, number> = { cpu: 0.004, memory: 4 * 1024 * 1024 };
const format: Record<Measure, (value: number) => string> = { cpu: formatCores, memory: formatBytes };
const seriesColour = (index: number) => `var(--series-${(index % 8) + 1})`;

/** One row a moment, one field a series. */
export function pointsOf(series: readonly Series[], measure: Measure): Record<string, number>[] {
  const byTime = new Map<number, Record<string, number>>();
  for (const each of series) {
    for (const sample of each.samples) {
      const point = byTime.get(sample.at) ?? { at: sample.at };
      point[each.name] = sample[measure];
      byTime.set(sample.at, point);
    }
  }
  return [...byTime.values()].toSorted((a, b) => a["at"]! - b["at"]!);
}

function bounds(series: readonly Series[], measure: Measure): { label: "request" | "limit"; value: number }[] {
  const sum = (pick: (each: Series) => number | undefined) => series.reduce((total, each) => total + (pick(each) ?? 0), 0);
  const request = sum((each) => (measure === "cpu" ? each.cpuRequest : each.memoryRequest));
  const limit = sum((each) => (measure === "cpu" ? each.cpuLimit : each.memoryLimit));
  return [...(request > 0 ? [{ label: "request" as const, value: request }] : []), ...(limit > 0 ? [{ label: "limit" as const, value: limit }] : [])];
}

function Chart({ series, measure }: { series: readonly Series[]; measure: Measure }) {
  const { t } = useTranslation();
  const points = useMemo(() => pointsOf(series, measure), [series, measure]);
  const top = Math.max(0, ...points.flatMap((point) => series.map((each) => point[each.name] ?? 0)));
  const lines = bounds(series, measure).filter((bound) => bound.value < top * 20);
  const axis = { stroke: "var(--border)", tick: { fill: "var(--muted-foreground)", fontSize: 11 }, tickLine: false };
  return (
    <div role="img" aria-label={t(`metrics.${measure}`)} className="h-44">
      <ResponsiveContainer width="100%" height="100%">
        <LineChart data={points} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid stroke="var(--border)" vertical={false} />
          <XAxis dataKey="at" type="number" domain={["dataMin", "dataMax"]} tickFormatter={formatMinute} minTickGap={60} {...axis} />
          <YAxis
            width={56}
            tickFormatter={format[measure]}
            domain={[0, Math.max(least[measure], top * 1.15, ...lines.map((bound) => bound.value * 1.05))]}
            {...axis}
            axisLine={false}
          />
          <Tooltip
            isAnimationActive={false}
            labelFormatter={(at) => formatClock(Number(at))}
            formatter={(value, name) => [format[measure](Number(value)), name]}
            contentStyle={{ background: "var(--card)", border: "1px solid var(--border)", borderRadius: 6, fontSize: 12 }}
            itemStyle={{ color: "var(--foreground)" }}
            labelStyle={{ color: "var(--muted-foreground)" }}
          />
          {lines.map((bound) => (
            <ReferenceLine
              key={bound.label}
              y={bound.value}
              stroke="var(--muted-foreground)"
              strokeDasharray={bound.label === "limit" ? "6 3" : "2 3"}
              label={{ value: t(`metrics.${bound.label}`), position: "insideTopRight", fill: "var(--muted-foreground)", fontSize: 11 }}
            />
          ))}
          {series.map((each, index) => (
            <Line
              key={each.name}
              dataKey={each.name}
              stroke={seriesColour(index)}
              strokeWidth={1.75}
              dot={points.length < 3}
              isAnimationActive={false}
              type="monotone"
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}

function Legend({ series, measure }: { series: readonly Series[]; measure: Measure }) {
  return (
    <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1">
      {series.map((each, index) => (
        <li key={each.name} className="flex items-center gap-1.5">
          <span aria-hidden className="h-0.5 w-3 rounded-full" style={{ background: seriesColour(index) }} />
          {each.name}
          <span className="text-muted-foreground tabular-nums">{each.samples.length > 0 ? format[measure](each.samples.at(-1)![measure]) : "–"}</span>
        </li>
      ))}
    </ul>
  );
}

const tableRows = 60;

function DataTable({ series }: { series: readonly Series[] }) {
  const { t } = useTranslation();
  const cpu = pointsOf(series, "cpu").toReversed().slice(0, tableRows);
  const memory = new Map(pointsOf(series, "memory").map((point) => [point["at"], point]));
  return (
    <table className="w-full text-right tabular-nums">
      <caption className="sr-only">{t("metrics.table")}</caption>
      <thead className="text-meta text-muted-foreground">
        <tr>
          <th className="py-1 text-left font-medium">{t("metrics.time")}</th>
          {series.map((each) => (
            <th key={each.name} colSpan={2} className="font-medium">
              {each.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {cpu.map((point) => (
          <tr key={point["at"]} className="border-t border-border">
            <td className="py-1 text-left">{formatClock(point["at"]!)}</td>
            {series.flatMap((each) => [
              <td key={`${each.name} cpu`}>{point[each.name] === undefined ? "–" : formatCores(point[each.name]!)}</td>,
              <td key={`${each.name} memory`}>
                {memory.get(point["at"])?.[each.name] === undefined ? "–" : formatBytes(memory.get(point["at"])![each.name]!)}
              </td>,
            ])}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** CPU and memory of a pod or node over time, as charts or as a table. */
export default function Metrics({ target }: { target: Target }) {
  const { t } = useTranslation();
  const { message } = useMetrics(target);
  const [shape, setShape] = useState<"chart" | "table">("chart");
  if (!message) return <Skeleton className="m-4 w-1/2" />;
  const collecting = message.source !== "none" && message.series.every((each) => each.samples.length === 0);
  if (message.source === "none" || collecting) {
    return (
      <EmptyState icon={ChartIcon} title={collecting ? t("metrics.collecting") : t("metrics.none")}>
        {message.message}
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-5 p-4">
      <div className="flex items-center gap-2">
        <span className="flex-1 text-muted-foreground">{t(`metrics.from.${message.source}`)}</span>
        <Segmented<"chart" | "table">
          label={t("metrics.shape")}
          value={shape}
          onValue={setShape}
          options={[
            { value: "chart", label: t("metrics.chart") },
            { value: "table", label: t("metrics.asTable") },
          ]}
        />
      </div>
      {shape === "table" ? (
        <DataTable series={message.series} />
      ) : (
        (["cpu", "memory"] as const).map((measure) => (
          <Section key={measure} title={t(`metrics.${measure}`)}>
            <Chart series={message.series} measure={measure} />
            <Legend series={message.series} measure={measure} />
          </Section>
        ))
      )}
    </div>
  );
}
