import { defaultIngressClass, defaultStorageClass } from "./defaultClasses.ts";
import { defaultTolerationSeconds } from "./defaultTolerationSeconds.ts";
import { limitRanger } from "./limitRanger.ts";
import { mutatingAdmissionPolicy } from "./mutatingAdmissionPolicy.ts";
import { namespaceLifecycle } from "./namespaceLifecycle.ts";
import { nodeRestriction } from "./nodeRestriction.ts";
import { persistentVolumeClaimResize } from "./persistentVolumeClaimResize.ts";
import { podSecurity } from "./podSecurity.ts";
import { priority } from "./priority.ts";
import { resourceQuota } from "./resourceQuota.ts";
import { roleEscalation } from "./roleEscalation.ts";
import { runtimeClass } from "./runtimeClass.ts";
import { serviceAccount } from "./serviceAccount.ts";
import { storageObjectInUseProtection } from "./storageObjectInUseProtection.ts";
import { taintNodesByCondition } from "./taintNodesByCondition.ts";
import { validatingAdmissionPolicy } from "./validatingAdmissionPolicy.ts";
import type { WebhookCaller } from "../outbound/webhookCaller.ts";
import type { AdmissionPlugin } from "./types.ts";
import { mutatingWebhooks } from "./webhooks/mutatingWebhooks.ts";
import { validatingWebhooks } from "./webhooks/validatingWebhooks.ts";

/** The plugins in the order in which Kubernetes runs them: all admit, then all validate. */
export const admissionPlugins = (call: WebhookCaller): readonly AdmissionPlugin[] => [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  persistentVolumeClaimResize,
  runtimeClass,
  defaultIngressClass,
  roleEscalation,
  mutatingAdmissionPolicy,
  mutatingWebhooks(call),
  validatingAdmissionPolicy,
  validatingWebhooks(call),
  resourceQuota,
];
