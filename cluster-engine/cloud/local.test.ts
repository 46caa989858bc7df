import { describe, expect, test } from "vitest";
import type { Service } from "../../shared/kubernetes/types.ts";
import { cloudContract } from "./contract.ts";
import { localCloud } from "./local.ts";

describe("local cloud", () => {
  cloudContract(localCloud);

  test("a load balancer is this machine", async () => {
    expect(await localCloud().loadBalancers.ensure({} as Service, [])).toEqual({ ingress: [{ ip: "127.0.0.1" }] });
  });
});
