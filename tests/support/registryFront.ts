/** The sandbox's registry under another address, which refuses some requests. */
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { registry } from "../../sandbox/components.ts";

export interface RegistryFront {
  /** Its name in a setting: `127.0.0.1:PORT`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Whether a node sends the request: it pulls by containerd. */
export const isPull = ({ headers }: IncomingMessage): boolean =>
  /^containerd\b/.test(headers["user-agent"] ?? "");

/**
 * @param refuses Requests that get 404.
 * @param answered Is told of each request that the registry has answered.
 */
export async function registryFront({
  refuses = () => false,
  answered = () => {},
}: {
  readonly refuses?: (req: IncomingMessage) => boolean;
  readonly answered?: (req: IncomingMessage, status: number) => void;
}): Promise<RegistryFront> {
  const server = createServer((req, res) => {
    if (refuses(req)) {
      res.writeHead(404).end();
      return;
    }
    const [hostname, port] = registry.split(":");
    const { method, url, headers } = req;
    // With the caller's own `Host`, so that the registry names this address in its redirects.
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      res.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(res);
      answer.on("end", () => answered(req, answer.statusCode!));
    });
    onward.on("error", () => res.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
