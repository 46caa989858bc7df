import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildIfStale } from "../../main/setup/build.ts";
import { runningEngine } from "../../cluster-engine/dataDir.ts";
import { startApp } from "./app.ts";
import { ensureDisplay, ensurePackages } from "./machine.ts";
import { configMap, connected, deployment, dropTexts, openKind, planRow } from "./window.ts";
import { temporaryDataDir } from "./wherry.ts";

// `npm run screenshots`: every main screen in both themes, on simulated pods, into screenshots/.

const root = fileURLToPath(new URL("../..", import.meta.url));
const lecture = join(root, "tests/support/lecture");

ensurePackages();
await ensureDisplay();
await buildIfStale(root, (text) => console.error(text));

const dataDir = temporaryDataDir();
mkdirSync(join(dataDir, "app"), { recursive: true });
writeFileSync(join(dataDir, "app/window.json"), JSON.stringify({ x: 0, y: 0, width: 1280, height: 800 }));
const wherry = await startApp({ runtime: "simulated", dataDir });
const { page } = wherry;
try {
  await starting();
  await connected(wherry);
  await both("home-empty");
  await plans();
  await both("home-full", home);
  for (const kind of ["Pods", "Deployments", "Services", "Events", "ConfigMaps", "Namespaces", "Nodes"])
    await both(kind.toLowerCase(), () => openKind(wherry, kind).then(settled));
  await both("map", () => map("Map"));
  await both("map-tree", () => map("Tree"));
  await both("access", access);
  await details();
  await palette();
  await dock();
  await apiDown();
} finally {
  await wherry.destroy();
}

function home(): Promise<void> {
  return page.getByRole("navigation", { name: "Kinds" }).getByRole("button", { name: "Home" }).click();
}

/** The map, as a picture or as a tree. */
async function map(look: "Map" | "Tree"): Promise<void> {
  await page.getByRole("navigation", { name: "Kinds" }).getByRole("button", { name: "Map", exact: true }).click();
  await page.getByRole("radio", { name: look, exact: true }).click();
  await page.getByText("redis-master").or(page.getByText("Nothing to draw")).first().waitFor();
}

/** The user's rights, with the reason for one of them. */
async function access(): Promise<void> {
  await page.getByRole("navigation", { name: "Kinds" }).getByRole("button", { name: "Rights", exact: true }).click();
  await page.getByRole("gridcell", { name: "delete pods: Granted", exact: true }).click();
  await page.getByText("The API server allows it").waitFor();
}

/** The steps of the start, when the window is faster than the engine. */
async function starting(): Promise<void> {
  if (await page.getByRole("list", { name: "Start steps" }).isVisible()) await wherry.picture("cluster-starting");
}

async function plans(): Promise<void> {
  await wherry.drop(readdirSync(lecture).map((name) => join(lecture, name)));
  await page.getByRole("button", { name: "Apply 6 objects" }).waitFor();
  await both("plan");
  await page.getByRole("button", { name: "Apply 6 objects" }).click();
  await page.getByText("6 of 6 ready").waitFor();
  await both("plan-applied");
  await both("plan-chain", () => page.getByRole("radio", { name: "What happened" }).click());
  await dropTexts(wherry, {
    "frontend.yaml": deployment("frontend", { replicas: 3, more: "        imagee: web:2\n" }),
    "redis.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: redis\n data: {a: b}\n",
    "kinds.yaml": "apiVersion: v1\nkind: Podd\nmetadata: {name: web}\n",
    "config.yaml": configMap("settings", "bright"),
    "lonely.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: lonely}\nspec: {selector: {app: nobody}, ports: [{port: 80}]}\n",
  });
  await page.getByText("3 invalid").waitFor();
  await both("plan-errors");
  await page.getByRole("button", { name: /^Apply 2 objects/ }).click();
  await page.getByText("2 of 2 ready").waitFor();
  const talk = "echo Listening on :8080; while true; do echo GET /healthz 200 in 2 ms; sleep 1; done";
  await dropTexts(wherry, { "talker.yaml": deployment("talker", { more: `        command: [sh, -c, ${JSON.stringify(talk)}]\n` }) });
  await page.getByRole("button", { name: "Apply 1 object" }).click();
  await page.getByText("1 of 1 ready").waitFor();
  await dropTexts(wherry, { "waiting.yaml": deployment("waiting", { more: "        resources: {requests: {cpu: 1000}}\n" }) });
  await page.getByRole("button", { name: "Apply 1 object" }).click();
  await planRow(wherry, "Deployment waiting")
    .getByText(/Insufficient cpu/)
    .waitFor();
}

async function details(): Promise<void> {
  const deployments = await openKind(wherry, "Deployments");
  await deployments.getByRole("row", { name: /frontend/ }).click();
  for (const section of ["Overview", "YAML", "Events", "Rollouts", "History"])
    await both(`detail-${section.toLowerCase()}`, () => openSection(section));
  await deployments.getByRole("row", { name: /waiting/ }).click();
  await both("detail-why", () => openSection("Overview"));
  await (await openKind(wherry, "Pods")).getByRole("row", { name: /waiting/ }).click();
  await both("detail-scheduling", () => openSection("Scheduling"));
  await (await openKind(wherry, "Pods")).getByRole("row", { name: /redis-master/ }).click();
  await both("detail-pod", () => openSection("Overview"));
  await openSection("Metrics");
  await page.getByRole("article").getByRole("img", { name: "CPU" }).waitFor();
  await both("detail-metrics");
  await page.keyboard.press("Escape");
}

async function openSection(name: string): Promise<void> {
  await page.getByRole("article").getByRole("tab", { name }).click();
  await settled();
}

async function palette(): Promise<void> {
  await page.keyboard.press("Control+k");
  const dialog = page.getByRole("dialog", { name: "Search and actions" });
  await dialog.getByRole("combobox").fill("redis");
  await dialog
    .getByRole("option", { name: /redis-master/ })
    .first()
    .waitFor();
  await both("palette");
  await page.keyboard.press("Escape");
}

async function dock(): Promise<void> {
  const pods = await openKind(wherry, "Pods");
  for (const [key, name] of [
    ["l", "logs"],
    ["x", "terminal"],
  ] as const) {
    await pods.getByRole("row", { name: /talker/ }).click();
    await page.keyboard.press("Escape");
    await pods.focus();
    await page.keyboard.press(key);
    await page.getByRole("tab", { name: /^(Logs of|Terminal in) talker/, selected: true }).waitFor();
    if (name === "logs") await page.getByRole("log").getByText("GET /healthz").first().waitFor();
    await both(name);
  }
  await page.keyboard.press("Shift+F6");
  await page.keyboard.press("Control+j");
}

/** The engine is stopped for as long as the pictures take. */
async function apiDown(): Promise<void> {
  await openKind(wherry, "Deployments");
  const { pid } = runningEngine(wherry.dataDir)!;
  process.kill(pid, "SIGKILL");
  await page.getByText("Not live: this is what was known").waitFor();
  await wherry.picture("api-down-dark");
}

/** Loading rows and lazily loaded parts are there. */
async function settled(): Promise<void> {
  await page.locator("[aria-busy=true]").waitFor({ state: "detached" });
}

/** A picture in each theme, named `<name>-light` and `<name>-dark`. */
async function both(name: string, open?: () => Promise<unknown>): Promise<void> {
  await open?.();
  for (const theme of ["Light", "Dark"] as const) {
    await wherry.setTheme(theme);
    await page.locator(`html[data-theme=${theme.toLowerCase()}]`).waitFor();
    await wherry.picture(`${name}-${theme.toLowerCase()}`);
  }
}
