import { defaultTolerationSeconds } from "./defaultTolerationSeconds.ts";
import { limitRanger } from "./limitRanger.ts";
import { namespaceLifecycle } from "./namespaceLifecycle.ts";
import { priority } from "./priority.ts";
import { serviceAccount } from "./serviceAccount.ts";
import type { AdmissionPlugin } from "./types.ts";

/** The plugins in the order in which Kubernetes runs them: all admit, then all validate. */
export const admissionPlugins: readonly AdmissionPlugin[] = [namespaceLifecycle, limitRanger, serviceAccount, priority, defaultTolerationSeconds];
