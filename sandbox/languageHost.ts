/**
 * A Node.js language host for a Pulumi CLI built from source, which has none. The Pulumi engine starts it.
 *
 * It serves pulumirpc.LanguageRuntime with the SDK's own protobuf stubs and runs the program with the SDK's
 * own `cmd/run`. An installed Pulumi uses its own instead. `pulumi.ts` bundles this one into one file.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import sdk from "@pulumi/pulumi/package.json" with { type: "json" };
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";

/** The exit code with which cmd/run says: the user has already been told why. */
const BAIL = 32;

let engine = process.argv
  .slice(2)
  .filter((argument) => !argument.startsWith("-"))
  .pop();
let program: ChildProcess | undefined;

const run: Call = ({ request }, reply) => {
  const options = request.getInfo().getOptions()?.toJavaScript() ?? {};
  const env = {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(programConfig(request)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    ...(options.typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
  };
  program = spawn(process.execPath, programArguments(request, options), {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  program.on("error", (error) => reply({ code: grpc.status.INTERNAL, message: error.message }));
  program.on("exit", (code, signal) => {
    const response = new language.RunResponse();
    if (code === BAIL) response.setBail(true);
    else if (code !== 0) response.setError(`Program exited with ${signal ?? `non-zero exit code: ${code}`}`);
    reply(null, response);
  });
};

function programArguments(request: any, options: { nodeargs?: string }): string[] {
  const info = request.getInfo();
  const directory = info.getProgramDirectory();
  const flags = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info.getRootDirectory(),
    stack: request.getStack(),
    pwd: directory,
    parallel: request.getParallel(),
  };
  return [
    ...(options.nodeargs ?? "").split(/\s+/).filter(Boolean),
    createRequire(path.join(directory, "package.json")).resolve("@pulumi/pulumi/cmd/run"),
    ...Object.entries(flags).flatMap(([name, value]) => (value ? [`--${name}`, String(value)] : [])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info.getEntryPoint(),
    ...request.getArgsList(),
  ];
}

/** The SDK reads `namespace:config:name`; the engine sends `namespace:name`. */
function programConfig(request: any): Record<string, string> {
  const config: Record<string, string> = {};
  request.getConfigMap().forEach((value: string, key: string) => {
    config[key.replace(":", ":config:")] = value;
  });
  return config;
}

type Call = grpc.handleUnaryCall<any, any>;
const answer =
  (make: () => unknown): Call =>
  (_, reply) =>
    reply(null, make());

const calls: Record<string, Call> = {
  run,
  handshake: ({ request }, reply) => {
    engine = request.getEngineAddress() || engine;
    reply(null, new language.LanguageHandshakeResponse());
  },
  getPluginInfo: answer(() => {
    const info = new PluginInfo();
    info.setVersion(sdk.version);
    return info;
  }),
  getRequiredPackages: answer(() => new language.GetRequiredPackagesResponse()),
  getRequiredPlugins: answer(() => new language.GetRequiredPluginsResponse()),
  getProgramDependencies: answer(() => new language.GetProgramDependenciesResponse()),
  about: answer(() => {
    const about = new language.AboutResponse();
    about.setExecutable(process.execPath);
    about.setVersion(process.version);
    return about;
  }),
};

const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(LanguageRuntimeService, calls);
// The engine stops its plugins with SIGINT, and waits ten seconds for one that stays.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    program?.kill(signal);
    process.exit(0);
  });
}
// A killed engine stops nothing: this process, and a program that waits for its answer, would stay for ever.
const engineProcess = process.ppid;
setInterval(() => {
  if (process.ppid === engineProcess) return;
  program?.kill("SIGKILL");
  process.exit(1);
}, 1_000).unref();
server.bindAsync(
  "127.0.0.1:0",
  grpc.ServerCredentials.createInsecure(),
  (error: Error | null, port: number) => {
    if (error) throw error;
    console.log(port); // tells the engine where its plugin listens
  },
);
