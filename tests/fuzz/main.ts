import { parseArgs } from "node:util";
import { fuzz, type FuzzReport } from "./run.ts";

// `npm run fuzz [-- --count N --seed N --from K]`

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "200000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    from: { type: "string", default: "0" },
  },
});
const [seed, from, count] = [values.seed, values.from, values.count].map(Number) as [number, number, number];
if (![seed, from, count].every(Number.isSafeInteger)) throw new Error("--seed, --from and --count must be whole numbers");

let failed = 0;
let answered = 0;
const tell = ({ codes, failures }: FuzzReport) => {
  for (const { seed: of, index, request, problem } of failures) {
    console.log(
      `FAILED --seed ${of} --from ${index}: ${request.method} ${request.path} (${request.headers["content-type"] ?? "no body"})\n  ${problem.slice(0, 1500)}`,
    );
    console.log(`  ${request.body?.toString("utf8", 0, 500) ?? ""}`);
  }
  failed += failures.length;
  for (const number of codes.values()) answered += number;
  console.log(
    [...codes]
      .sort(([a], [b]) => a - b)
      .map(([code, number]) => `${code}: ${number}`)
      .join("  "),
  );
};

console.log(`seed ${seed}`);
tell(await fuzz({ seed, from, count }));
console.log(`${answered - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
