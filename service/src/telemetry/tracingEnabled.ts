type Environment = Readonly<Record<string, string | undefined>>;

/** Whether OpenTelemetry's environment variables ask for traces: they name a collector and do not switch tracing off. */
export function tracingEnabled(env: Environment): boolean {
  const collector = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  const off = env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true" || env["OTEL_TRACES_EXPORTER"] === "none";
  return !!collector && !off;
}
