/**
 * What a pod requests and uses of a resource. Source: kubernetes `replica_calculator.go`
 * (`calculateRequests`), `component-helpers/resource` (`PodRequests`) and `metrics/client.go`.
 */

/** Thousandths by resource: `cpu`, `memory`. */
export type Amounts = Readonly<Record<string, bigint>>;

export interface ContainerRequests {
  readonly name: string;
  readonly requests: Amounts;
}

export interface InitContainerRequests extends ContainerRequests {
  /** Whether it goes on beside the others (restartPolicy Always). */
  readonly isSidecar: boolean;
}

export interface PodRequests {
  readonly name: string;
  readonly containers: readonly ContainerRequests[];
  readonly initContainers: readonly InitContainerRequests[];
  /** Requests of the pod as a whole. */
  readonly requests?: Amounts | undefined;
}

/** The requests of one pod, or what is wrong with them. */
export type Request = bigint | { readonly error: string };

/**
 * What a pod requests of a resource: of all its containers and sidecars, each of which must request
 * it; init containers that end do not count. Of one container, where the metric is of that. Where
 * the pod as a whole requests anything (and the feature is on), that is what counts, except for a
 * metric of one container.
 * Examples: containers of 100m and 50m → 150n; with 800m for the pod → 800n; one container without
 * a request → an error.
 */
export function requestOf(
  pod: PodRequests,
  resource: string,
  container: string | undefined,
  hasPodLevelResources: boolean,
): Request {
  const isPodLevel = Object.keys(pod.requests ?? {}).some(isPodLevelResource);
  if (container === undefined && hasPodLevelResources && isPodLevel) {
    return wholePodRequest(pod, resource);
  }
  const running = [...pod.containers, ...pod.initContainers.filter(({ isSidecar }) => isSidecar)];
  const chosen = running.filter(({ name }) => container === undefined || name === container);
  if (container !== undefined && chosen.length === 0) {
    return { error: `no container ${container} in pod ${pod.name}` };
  }
  let total = 0n;
  for (const { name, requests } of chosen) {
    const request = requests[resource];
    if (request === undefined) {
      return { error: `container ${name} of pod ${pod.name} requests no ${resource}` };
    }
    total += request;
  }
  return total;
}

function isPodLevelResource(resource: string): boolean {
  return resource === 'cpu' || resource === 'memory' || resource.startsWith('hugepages-');
}

/** What the pod does not request as a whole is what its containers need at their worst moment. */
function wholePodRequest(pod: PodRequests, resource: string): Request {
  const own = isPodLevelResource(resource) ? pod.requests?.[resource] : undefined;
  if (own !== undefined) return own;
  const all = [...pod.containers, ...pod.initContainers];
  if (all.every(({ requests }) => requests[resource] === undefined)) {
    return { error: `pod ${pod.name} requests no ${resource}` };
  }
  let sidecars = 0n;
  let worst = 0n;
  for (const { isSidecar, requests } of pod.initContainers) {
    const request = requests[resource] ?? 0n;
    if (isSidecar) sidecars += request;
    worst = larger(worst, isSidecar ? sidecars : sidecars + request);
  }
  const running = pod.containers.reduce(
    (sum, { requests }) => sum + (requests[resource] ?? 0n),
    0n,
  );
  return larger(running + sidecars, worst);
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** What the metrics API says of one container. */
export interface ContainerUsage {
  readonly name: string;
  readonly usage: Amounts;
}

/**
 * What a pod uses: the sum over its containers, or one of them. Undefined (a missing sample) where
 * any container that is counted says nothing.
 * Example: 200m and 300m of cpu → 500n; one of them without cpu → undefined.
 */
export function usageOf(
  containers: readonly ContainerUsage[],
  resource: string,
  container: string | undefined,
): bigint | undefined {
  if (container !== undefined) {
    return containers.find(({ name }) => name === container)?.usage[resource];
  }
  if (containers.length === 0) return undefined;
  let total = 0n;
  for (const { usage } of containers) {
    const used = usage[resource];
    if (used === undefined) return undefined;
    total += used;
  }
  return total;
}
