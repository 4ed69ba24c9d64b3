/** `npm start`: from whatever state the machine is in to a served prediction. */
import { Listr } from "listr2";
import { fetchDaemons, up } from "./cluster.ts";
import { pushImages } from "./images.ts";
import { checkMachine } from "./machine.ts";
import { exclusively, takeOwnership } from "./owner.ts";
import { preparePulumi } from "./pulumi.ts";
import { findToolchain, type Toolchain } from "./toolchain.ts";

interface Progress {
  packages: string;
  toolchain: Toolchain;
  baseImage: string;
}

export async function start(): Promise<void> {
  await exclusively(async () => {
    await checkMachine();
    await sandboxTasks().run();
  });
}

/** Brings the sandbox up: what both `npm start` and the end-to-end tests stand on. */
export function sandboxTasks(): Listr<Progress> {
  return new Listr<Progress>([
    {
      title: "Fetch containerd, etcd and the registry from Debian's packages",
      task: async (context) => {
        context.packages = await fetchDaemons();
      },
    },
    {
      title: "Find or build Pulumi, BuildKit and Kubernetes",
      task: async (context, task) => {
        context.toolchain = await findToolchain((line) => (task.output = line));
      },
    },
    {
      title: "Start the cluster",
      task: async (context, task) => {
        const before = takeOwnership();
        const started = await up(context.packages, context.toolchain, (line) => (task.output = line));
        if (before !== undefined) task.title += ` (it was ${before}'s)`;
        if (started.length === 0) task.title += ": it runs";
      },
    },
    {
      title: "Push the base image",
      task: async (context, task) => {
        context.baseImage = await pushImages(context.packages, (line) => (task.output = line));
      },
    },
    {
      title: "Prepare the stack",
      task: (context) => preparePulumi(context.toolchain, context.baseImage),
    },
  ]);
}
