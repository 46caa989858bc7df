import { chmod, chown, mkdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import type { Container, Pod, Volume, VolumeMount } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";
import type { Mount } from "../../runtime/types.ts";
import { expand } from "../containers/expansion.ts";
import { dnsConfig, resolvConf } from "../pods/dns.ts";
import { hostsFile } from "../pods/hostsFile.ts";
import type { KubeletContext } from "../types.ts";
import { writeAtomically } from "./atomicWriter.ts";
import { findClaimed, isClaimed, type ClaimedVolume } from "./claims.ts";
import { prepareHostPath, sharesFiles } from "./hostPath.ts";
import { isMade, pathOf, preparePersistent, problemOfSource } from "./persistent.ts";
import { volumePayload, type PayloadSources } from "./payloads.ts";

const podUidLabel = "io.kubernetes.pod.uid";

/** The volumes of pods on disk, bound into containers: `dataDir/pods/<uid>/…`, or where their claims' volumes are. */
export class PodVolumes {
  /** Whether mounted files change with their sources, and tokens are renewed: pods are looked at for it. */
  readonly followSources: boolean = true;
  readonly #context: KubeletContext;
  /** What is mounted of claims: pod uid → volume name. It stays whatever becomes of the claim. */
  readonly #claimed = new Map<string, Map<string, ClaimedVolume>>();

  constructor(context: KubeletContext) {
    this.#context = context;
  }

  podDir(uid: string): string {
    return join(this.#context.dataDir, "pods", uid);
  }

  /** Names of runtime volumes that must live as long as the sandbox. Made already. */
  async prepareMemory(pod: Pod): Promise<string[]> {
    const memory = (pod.spec.volumes ?? []).filter((volume) => volume.emptyDir?.medium === "Memory");
    return Promise.all(
      memory.map(async (volume) => {
        const name = memoryName(pod, volume);
        const limit = volume.emptyDir?.sizeLimit;
        await this.#context.runtime.createVolume(name, {
          medium: "Memory",
          ...(limit === undefined ? {} : { sizeLimitBytes: parseQuantity(limit).bytes() }),
          labels: { [podUidLabel]: pod.metadata.uid },
        });
        return name;
      }),
    );
  }

  /** Makes every volume of the pod, or brings it up to date. @throws Error with the message of a FailedMount event. */
  async prepare(sources: PayloadSources): Promise<void> {
    const volumes = sources.pod.spec.volumes ?? [];
    await Promise.all([
      this.#prepareClaimed(
        sources.pod,
        volumes.filter((volume) => isClaimed(volume)),
      ),
      ...volumes.filter((volume) => !isClaimed(volume)).map((volume) => this.#prepareVolume(sources, volume)),
    ]);
  }

  async #prepareVolume(sources: PayloadSources, volume: Volume): Promise<void> {
    const { pod } = sources;
    try {
      const group = pod.spec.securityContext?.fsGroup;
      const payload = await volumePayload(sources, volume);
      if (payload) await writeAtomically(this.#path(pod, volume), payload, group === undefined ? {} : { group });
      else if (volume.hostPath) await prepareHostPath(this.#context.runtime, volume.hostPath);
      else if (volume.emptyDir) await this.#prepareEmptyDir(pod, volume, group);
      else throw new Error(problemOfSource(volume));
    } catch (error) {
      throw new Error(`MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`, { cause: error });
    }
  }

  async #prepareClaimed(pod: Pod, volumes: Volume[]): Promise<void> {
    const { client, runtime } = this.#context;
    const mounted = this.#claimed.get(pod.metadata.uid) ?? new Map<string, ClaimedVolume>();
    const found = await findClaimed(
      client,
      pod,
      volumes.filter(({ name }) => !mounted.has(name)),
    );
    for (const [name, volume] of found) {
      await preparePersistent(runtime, pod, volume);
      if (!pathOf(volume.persistentVolume)) await mkdir(this.#path(pod, { name }), { recursive: true });
      mounted.set(name, volume);
      this.#claimed.set(pod.metadata.uid, mounted);
    }
  }

  async #prepareEmptyDir(pod: Pod, volume: Volume, group: number | undefined): Promise<void> {
    if (volume.emptyDir!.medium === "Memory") return;
    const path = this.#path(pod, volume);
    if (await stat(path).catch(() => undefined)) return;
    await mkdir(path, { recursive: true });
    await chmod(path, 0o777);
    if (group === undefined || process.getuid?.() !== 0) return;
    await chown(path, 0, group);
    await chmod(path, 0o2777);
  }

  /** Writes /etc/hosts and /etc/resolv.conf of a pod with a network of its own. */
  async writeNetworkFiles(pod: Pod, podIP: string): Promise<void> {
    const { clusterDomain, clusterDNS } = this.#context;
    const folder = this.podDir(pod.metadata.uid);
    await mkdir(folder, { recursive: true });
    const dns = dnsConfig(pod, { dns: clusterDNS, domain: clusterDomain });
    await Promise.all([
      pod.spec.hostNetwork ? undefined : writeFile(join(folder, "etc-hosts"), hostsFile(pod, podIP, clusterDomain)),
      dns ? writeFile(join(folder, "resolv.conf"), resolvConf(dns)) : undefined,
    ]);
  }

  /** What a container sees: its volumes, the network files, and a file for its last words. @throws with the message of CreateContainerConfigError. */
  async mounts(pod: Pod, container: Container, attempt: number, env: { name: string; value: string }[]): Promise<Mount[]> {
    const own = await Promise.all((container.volumeMounts ?? []).map((mount) => this.#mount(pod, mount, env)));
    const taken = new Set(own.map((mount) => normalize(mount.containerPath)));
    const folder = this.podDir(pod.metadata.uid);
    const managed: Mount[] = [];
    if (!pod.spec.hostNetwork) managed.push({ source: { hostPath: join(folder, "etc-hosts") }, containerPath: "/etc/hosts", readOnly: false });
    const dns = dnsConfig(pod, { dns: this.#context.clusterDNS, domain: this.#context.clusterDomain });
    if (dns) managed.push({ source: { hostPath: join(folder, "resolv.conf") }, containerPath: "/etc/resolv.conf", readOnly: false });
    const messagePath = container.terminationMessagePath ?? "/dev/termination-log";
    managed.push({ source: { hostPath: await this.#messageFile(pod, container, attempt) }, containerPath: messagePath, readOnly: false });
    return [...own, ...managed.filter((mount) => !taken.has(mount.containerPath))];
  }

  async #mount(pod: Pod, mount: VolumeMount, env: { name: string; value: string }[]): Promise<Mount> {
    const volume = pod.spec.volumes?.find(({ name }) => name === mount.name);
    if (!volume) throw new Error(`cannot find volume "${mount.name}" to mount into container`);
    const values = new Map(env.map(({ name, value }) => [name, value]));
    const subPath = mount.subPathExpr ? expand(mount.subPathExpr, (name) => values.get(name)) : mount.subPath;
    const claimed = this.#claimed.get(pod.metadata.uid)?.get(volume.name);
    const readOnly = (mount.readOnly ?? isReadOnlyKind(volume)) || (claimed?.readOnly ?? false);
    const common = {
      containerPath: mount.mountPath.startsWith("/") ? mount.mountPath : `/${mount.mountPath}`,
      readOnly,
      propagation: propagationOf(mount),
    };
    if (volume.emptyDir?.medium === "Memory") return { source: { volume: memoryName(pod, volume), ...(subPath ? { subPath } : {}) }, ...common };
    const host = volume.hostPath?.path ?? (claimed && pathOf(claimed.persistentVolume));
    const root = host ?? this.#path(pod, volume);
    if (!subPath) return { source: { hostPath: root }, ...common };
    // Nothing of this machine is touched for containers that do not see it.
    const isPlayed = host !== undefined && !sharesFiles(this.#context.runtime) && !(claimed && isMade(claimed.persistentVolume));
    return { source: { hostPath: isPlayed ? join(root, subPath) : await resolveSubPath(root, subPath) }, ...common };
  }

  async #messageFile(pod: Pod, container: Container, attempt: number): Promise<string> {
    const path = this.messagePath(pod.metadata.uid, container.name, attempt);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, "");
    await chmod(path, 0o666);
    return path;
  }

  messagePath(podUid: string, container: string, attempt: number): string {
    return join(this.podDir(podUid), "containers", container, String(attempt));
  }

  /** Removes everything of a pod. Call when no container uses it any more. */
  async remove(podUid: string): Promise<void> {
    const { runtime } = this.#context;
    this.#claimed.delete(podUid);
    const volumes = await runtime.listVolumes({ podUid });
    await Promise.all(volumes.map(({ name }) => runtime.removeVolume(name)));
    const folder = this.podDir(podUid);
    try {
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      // Containers write as root, which this process need not be.
      if (!runtime.removeHostPath) throw error;
      await runtime.removeHostPath(folder);
    }
  }

  #path(pod: Pod, volume: Volume): string {
    const kind = volume.configMap
      ? "configmap"
      : volume.secret
        ? "secret"
        : volume.downwardAPI
          ? "downward-api"
          : volume.projected
            ? "projected"
            : "empty-dir";
    return join(this.podDir(pod.metadata.uid), "volumes", `kubernetes.io~${kind}`, volume.name);
  }
}

const memoryName = (pod: Pod, volume: Volume): string => `wherry-${pod.metadata.uid}-${volume.name}`;

/** Containers never write to what the kubelet writes. */
const isReadOnlyKind = (volume: Volume): boolean => Boolean(volume.configMap ?? volume.secret ?? volume.downwardAPI ?? volume.projected);

function propagationOf(mount: VolumeMount): NonNullable<Mount["propagation"]> {
  if (mount.mountPropagation === "Bidirectional") return "rshared";
  return mount.mountPropagation === "HostToContainer" ? "rslave" : "private";
}

/** The real path of `subPath` below `root`, made as a folder when absent. @throws when it leads out of the volume. */
async function resolveSubPath(root: string, subPath: string): Promise<string> {
  if (subPath.startsWith("/") || subPath.split("/").includes("..")) throw new Error(`subPath "${subPath}" must be a relative path without ".."`);
  const path = join(root, subPath);
  if (!(await stat(path).catch(() => undefined))) {
    await mkdir(path, { recursive: true });
    await chmod(path, 0o777).catch(() => {});
  }
  const [realRoot, real] = await Promise.all([realpath(root), realpath(path)]);
  if (real !== realRoot && !real.startsWith(`${realRoot}/`)) throw new Error(`subPath "${subPath}" leads out of the volume`);
  return real;
}
