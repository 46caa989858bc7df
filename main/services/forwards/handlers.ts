import type { RequestHandlers, StreamHandlers } from "../port/types.ts";
import { latest } from "../port/latest.ts";
import type { Forwards } from "./forwards.ts";

type Requests = Pick<RequestHandlers, "forwards.start" | "forwards.resume" | "forwards.stop" | "forwards.remember" | "forwards.remove">;

export const forwardRequests = (forwards: Forwards): Requests => ({
  "forwards.start": (wanted) => forwards.start(wanted),
  "forwards.resume": async ({ id }) => {
    await forwards.resume(id);
    return null;
  },
  "forwards.stop": async ({ id }) => {
    forwards.stop(id);
    return null;
  },
  "forwards.remember": async ({ id, remember }) => {
    await forwards.remember(id, remember);
    return null;
  },
  "forwards.remove": async ({ id }) => {
    await forwards.remove(id);
    return null;
  },
});

export const forwardStreams = (forwards: Forwards): Pick<StreamHandlers, "forwards"> => ({
  forwards: {
    pace: 500,
    open: (_params, ends) =>
      latest(
        () => forwards.list,
        (wake) => forwards.subscribe(wake),
        ends,
      ),
  },
});
