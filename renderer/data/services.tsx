import { createContext, use, useCallback, useSyncExternalStore, type ReactNode } from "react";
import type { ContractError, StreamMessage, StreamName, StreamParams } from "../../shared/contract.ts";
import { Connection } from "./connection.ts";
import { SharedStreams, type Snapshot } from "./sharedStreams.ts";

export interface Services {
  connection: Connection;
  shared: SharedStreams;
}

const ServicesContext = createContext<Services | null>(null);

export function createServices(): Services {
  const connection = new Connection();
  return { connection, shared: new SharedStreams(connection) };
}

export function ServicesProvider({ services, children }: { services: Services; children: ReactNode }) {
  return <ServicesContext value={services}>{children}</ServicesContext>;
}

export function useServices(): Services {
  const services = use(ServicesContext);
  if (!services) throw new Error("useServices needs a ServicesProvider above it");
  return services;
}

export const useConnection = (): Connection => useServices().connection;

const nothing: Snapshot<never> = {};
const noSubscription = () => () => undefined;
const noSnapshot = () => nothing;

export interface Latest<M> {
  message?: M;
  error?: ContractError;
}

/** The newest message of a stream whose messages are each complete. One stream serves every user of the same parameters. */
export function useLatest<N extends StreamName>(name: N, params: StreamParams<N> | null): Latest<StreamMessage<N>> {
  const { shared } = useServices();
  const key = params === null ? null : `${name} ${JSON.stringify(params)}`;
  // The key says all that the parameters do, so they need not be dependencies.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const subscribe = useCallback(
    key === null ? noSubscription : (changed: () => void) => shared.subscribe(key, name, params as StreamParams<N>, changed),
    [shared, key],
  );
  const snapshot = useCallback(() => (key === null ? noSnapshot() : shared.snapshot<StreamMessage<N>>(key)), [shared, key]);
  return useSyncExternalStore(subscribe, snapshot as () => Snapshot<StreamMessage<N>>);
}
