import type { Client } from "../../client/types.ts";
import type { DeviceView } from "../devices/deviceView.ts";
import type { Plugin } from "../types.ts";

/** ResourceClaims and the devices that they are given. */
export function dynamicResources(_devices: DeviceView, _client: Client): Plugin {
  return {
    name: "DynamicResources",
    begin: () => ({}),
    // An attempt that ended before this plugin had its say is an error to it.
    postFilter: (_failure, run) => (run ? { message: "no new claims to deallocate" } : { message: "not found", final: true }),
    wakesOn: () => false,
  };
}
