import { systemClock } from "../../base/clock.ts";
import { configVariable, type AgentConfig } from "../agentProtocol.ts";
import { Agent } from "./agent.ts";

// The program of the network agent's container.

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));

try {
  const config = JSON.parse(process.env[configVariable] ?? "") as AgentConfig;
  await new Agent(config, systemClock).start();
} catch (error) {
  console.error(String(error));
  process.exit(1);
}
