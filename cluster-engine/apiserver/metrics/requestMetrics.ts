import type { ApiCall } from "../request/apiCall.ts";

/** Upper bounds in s, as kube-apiserver has them. */
const buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

interface Series {
  labels: string;
  count: number;
  sum: number;
  counts: number[];
}

/** Counts and durations of requests, for `/metrics`. */
export class RequestMetrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Series>();

  /** `seconds` is undefined for watches and other long requests. */
  observe(call: ApiCall, code: number, seconds: number | undefined): void {
    const { verb, group, version, resource, subresource, namespace, name } = call.info;
    const scope = name ? "resource" : namespace ? "namespace" : "cluster";
    const labels = `verb="${verb.toUpperCase()}",group="${group}",version="${version}",resource="${resource}",subresource="${subresource}",scope="${scope}"`;
    const key = `code="${code}",${labels}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    if (seconds === undefined) return;
    let series = this.#durations.get(labels);
    if (!series) this.#durations.set(labels, (series = { labels, count: 0, sum: 0, counts: buckets.map(() => 0) }));
    series.count++;
    series.sum += seconds;
    const first = buckets.findIndex((bound) => seconds <= bound);
    if (first >= 0) series.counts[first]!++;
  }

  /** In the text format of Prometheus. */
  text(): string {
    const lines = [
      "# HELP apiserver_request_total Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.",
      "# TYPE apiserver_request_total counter",
    ];
    for (const [labels, count] of this.#requests) lines.push(`apiserver_request_total{${labels}} ${count}`);
    lines.push(
      "# HELP apiserver_request_duration_seconds Response latency distribution in seconds.",
      "# TYPE apiserver_request_duration_seconds histogram",
    );
    for (const { labels, count, sum, counts } of this.#durations.values()) {
      let below = 0;
      for (const [index, bound] of buckets.entries())
        lines.push(`apiserver_request_duration_seconds_bucket{${labels},le="${bound}"} ${(below += counts[index]!)}`);
      lines.push(
        `apiserver_request_duration_seconds_bucket{${labels},le="+Inf"} ${count}`,
        `apiserver_request_duration_seconds_sum{${labels}} ${sum}`,
        `apiserver_request_duration_seconds_count{${labels}} ${count}`,
      );
    }
    return `${lines.join("\n")}\n`;
  }
}
