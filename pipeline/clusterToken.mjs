// A kubectl credential plugin: GitHub's own token of this job, for the audience in the first argument. Plain JavaScript,
// since every tool that reads the kubeconfig starts it, and has to wait.
const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env;
const audience = process.argv[2];
if (!url || !bearer || !audience) {
  console.error(`GitHub gives this job no token.
  at:  ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN in the environment
  fix: give the job the permission id-token: write`);
  process.exit(1);
}
const response = await fetch(`${url}&audience=${encodeURIComponent(audience)}`, {
  headers: { authorization: `Bearer ${bearer}` },
});
if (!response.ok) {
  console.error(`GitHub answered ${response.status} when asked for a token for ${audience}.`);
  process.exit(1);
}
const { value: token } = await response.json();
const { exp } = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
console.log(
  JSON.stringify({
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token, expirationTimestamp: new Date(exp * 1000).toISOString() },
  }),
);
