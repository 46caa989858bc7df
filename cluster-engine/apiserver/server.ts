import { setMaxListeners } from "node:events";
import type { UserInfo } from "../../shared/kubernetes/types.ts";
import { rfc3339 } from "../base/clock.ts";
import { Disposables } from "../base/disposal.ts";
import { admissionPlugins } from "./admission/registry.ts";
import { createAuthentication } from "./authentication/authentication.ts";
import { type Authorizer, firstToAllow } from "./authorization/attributes.ts";
import { createNodeAuthorizer } from "./authorization/nodeAuthorizer.ts";
import { Rbac } from "./authorization/rbac.ts";
import { advertise, createKubernetesService, createServiceCIDR } from "./bootstrap/advertise.ts";
import { bootstrapCluster } from "./bootstrap/bootstrap.ts";
import { keepIdentityLease } from "./bootstrap/identityLease.ts";
import { keepServiceAddresses } from "./bootstrap/serviceAddresses.ts";
import { serveDefinitions } from "./customResources/definitions.ts";
import { discoveryRoutes } from "./discovery/routes.ts";
import { dispatchResource } from "./dispatch.ts";
import { buildChain, filters, type Handler } from "./filters/chain.ts";
import { provenNames } from "./filters/foreignRequests.ts";
import { inProcessTransport } from "./http/inProcessTransport.ts";
import { listen } from "./http/listener.ts";
import { respond, type Response } from "./http/respond.ts";
import { Journal } from "./journal/journal.ts";
import { JournalFile } from "./journal/journalFile.ts";
import { RequestMetrics } from "./metrics/requestMetrics.ts";
import { ResourceRegistry } from "./registry/resourceRegistry.ts";
import { pageNotFound } from "./request/answer.ts";
import type { ApiCall } from "./request/apiCall.ts";
import { statusOf } from "./request/statusErrors.ts";
import { findRoute, routes } from "./routes.ts";
import type { ServerContext } from "./serverContext.ts";
import { webhookCaller } from "./outbound/webhookCaller.ts";
import { WatchCaches } from "./storage/watchCaches.ts";
import { createStrategies } from "./strategies/registry.ts";
import type { ApiServer, ApiServerOptions } from "./types.ts";

const bootstrapUser: UserInfo = { username: "system:apiserver", groups: ["system:masters"] };

/** Starts the Kubernetes API over the store. Resolves when it answers and the cluster's first objects are there. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const running = new Disposables();
  try {
    return await startParts(options, running);
  } catch (error) {
    running[Symbol.dispose]();
    throw error;
  }
}

async function startParts(options: ApiServerOptions, running: Disposables): Promise<ApiServer> {
  const caches = await WatchCaches.start(options.store, options.log);
  running.defer(() => caches.close());
  const context = createContext(options, caches);
  const handle = buildChain(filters({ ...context, names: provenNames(options.serving.cert) }), (call) => dispatch(call, context));
  const closing = new AbortController();
  // Every watch from inside the process listens.
  setMaxListeners(0, closing.signal);
  running.defer(() => closing.abort());
  const transport = (user: UserInfo, userAgent: string) => inProcessTransport({ user, userAgent, handle, closing: closing.signal });
  const own = transport(bootstrapUser, "kube-apiserver");
  await bootstrapCluster(own);
  const { clock, log } = options;
  const [identity] = await Promise.all([
    keepIdentityLease(own, clock, log),
    context.legacyTracking.start(own),
    createKubernetesService(own, options.serviceCIDR),
    createServiceCIDR(own, options.serviceCIDR, rfc3339(clock.now())),
  ]);
  running.add(identity);
  running.add(keepServiceAddresses({ ...options, transport: own }));
  running.add(serveDefinitions({ ...context, transport: own }));
  const listener = await listen({ ...options, handle: (call, response) => serve(call, response, handle, context) });
  return {
    url: `https://${options.host}:${listener.port}`,
    port: listener.port,
    transport,
    signLegacyToken: (owner) => context.legacyTokens.sign(owner),
    advertise: (ip, port) => advertise(own, ip, port),
    async close() {
      await listener.close();
      await context.journal.close();
      running[Symbol.dispose]();
    },
  };
}

function createContext(options: ApiServerOptions, caches: WatchCaches): ServerContext {
  const { clock, random, log, issuer, nodes, nodesStarted, dialPod, journalFolder, snapshots, scheduler = () => undefined } = options;
  const rbac = new Rbac(caches);
  const registry = new ResourceRegistry(caches, createStrategies({ serviceCIDR: options.serviceCIDR, nodePortRange: options.nodePortRange }));
  const authorize = firstToAllow([superuser, createNodeAuthorizer(caches), (attributes) => rbac.authorize(attributes)]);
  return {
    caches,
    registry,
    admission: admissionPlugins(webhookCaller({ registry, dialPod })),
    authorize,
    journal: new Journal(journalFolder ? { file: new JournalFile({ folder: journalFolder, revision: caches.revision, clock, log }) } : {}),
    clock,
    random,
    log,
    nodes,
    scheduler,
    ...(nodesStarted ? { nodesStarted } : {}),
    dialPod,
    ...(snapshots ? { snapshots: snapshots.port } : {}),
    transientKey: snapshots?.isTransient ?? (() => false),
    ...createAuthentication(options, caches),
    rbac,
    issuer,
    metrics: new RequestMetrics(),
  };
}

const allRoutes = { ...routes, ...discoveryRoutes };

const superuser: Authorizer = ({ user }) => ({ allowed: user.groups?.includes("system:masters") ?? false, reason: "" });

async function dispatch(call: ApiCall, context: ServerContext) {
  if (call.info.isResourceRequest) return dispatchResource(call, context);
  const route = findRoute(call, allRoutes);
  return route ? route(call, context) : pageNotFound();
}

/** Answers a request from the network; whatever fails becomes a Status. */
async function serve(call: ApiCall, response: Response, handle: Handler, context: ServerContext): Promise<void> {
  const started = context.clock.monotonic();
  const seconds = () => (call.info.verb === "watch" ? undefined : (context.clock.monotonic() - started) / 1000);
  try {
    const answer = await handle(call);
    await respond(call, answer, response, context.clock);
    context.metrics.observe(call, "code" in answer ? answer.code : 200, seconds());
  } catch (error) {
    context.metrics.observe(call, statusOf(error).code, seconds());
    await refuse(call, response, error, context);
  }
}

async function refuse(call: ApiCall, response: Response, error: unknown, { clock, log }: ServerContext): Promise<void> {
  const { status, headers, code } = statusOf(error);
  if (code >= 500)
    log.warn("request failed", {
      method: call.method,
      path: call.path,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  if (response.headersSent) return void response.destroy();
  try {
    const readable: ApiCall = { ...call, header: (name) => (name === "accept" ? undefined : call.header(name)) };
    await respond(readable, { type: "document", code, document: status as unknown as Record<string, unknown>, headers }, response, clock);
  } catch {
    response.destroy();
  }
}
