export interface OfferedPort {
  /** What the forward is asked for: a name where there is one. */
  value: string;
  text: string;
}

interface PortLike {
  name?: string;
  port?: number;
  containerPort?: number;
  protocol?: string;
}
interface WithPorts {
  spec?: {
    ports?: PortLike[];
    containers?: { ports?: PortLike[] }[];
    template?: { spec?: { containers?: { ports?: PortLike[] }[] } };
  };
}

/** The TCP ports that an object tells of: a Service's own, else those of its containers. */
export function portsOf(object: object | null | undefined): OfferedPort[] {
  const spec = (object as WithPorts | null | undefined)?.spec;
  const containers = spec?.containers ?? spec?.template?.spec?.containers ?? [];
  const ports = spec?.ports ?? containers.flatMap((container) => container.ports ?? []);
  return ports
    .filter(({ protocol }) => (protocol ?? "TCP") === "TCP")
    .map(({ name, port, containerPort }) => {
      const number = String(port ?? containerPort);
      return { value: name || number, text: name ? `${name} (${number})` : number };
    });
}

/** A local port as typed: empty is 0, any free one; undefined when it is no port. */
export function readLocalPort(text: string): number | undefined {
  if (text === "") return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** Where a forward answers. */
export const addressOf = (localPort: number): string => `http://127.0.0.1:${localPort}`;
