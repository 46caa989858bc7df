import type { Route, Routes } from "../types.ts";
import type { Requests } from "./requests.ts";

/** The route table of a simulated cloud. */
export class SimulatedRoutes implements Routes {
  readonly #requests: Requests;
  readonly #table = new Map<string, Route>();

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  async list(): Promise<Route[]> {
    return [...this.#table.values()];
  }

  async create(route: Route): Promise<void> {
    await this.#requests.make(`create route to ${route.destinationCIDR}`);
    this.#table.set(keyOf(route), route);
  }

  async delete(route: Route): Promise<void> {
    await this.#requests.make(`delete route to ${route.destinationCIDR}`);
    this.#table.delete(keyOf(route));
  }
}

const keyOf = ({ targetNode, destinationCIDR }: Route): string => `${targetNode}/${destinationCIDR}`;
