import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { clientCertificate } from "../../sandbox/certificate.ts";

const subject = { user: "kube-apiserver", group: "system:masters" };

describe("clientCertificate", () => {
  it("names its holder and its use, is signed with its own key and does not expire", () => {
    const pem = clientCertificate(subject);
    const certificate = new X509Certificate(pem);

    assert.equal(certificate.subject, "O=system:masters\nCN=kube-apiserver");
    assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.2"]); // client authentication, and nothing else
    assert(certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey));
    assert(certificate.checkPrivateKey(createPrivateKey(pem)));
    assert.equal(certificate.validTo, "Dec 31 23:59:59 9999 GMT");
    assert(!certificate.ca, "it vouches for no other");
  });

  it("takes names of each length that DER encodes differently", () => {
    for (const length of [1, 40, 64, 127, 128, 255, 256, 1000])
      assert.match(
        new X509Certificate(clientCertificate({ user: "u".repeat(length), group: "g" })).subject,
        new RegExp(`CN=u{${length}}$`),
      );
  });

  it("lets in its holder, and nobody else of the same name", async () => {
    const known = clientCertificate(subject);
    const own = clientCertificate({ user: "server", group: "servers" }); // its clients here do not look at it
    const server = tls.createServer({
      cert: own,
      key: own,
      ca: known,
      requestCert: true,
      rejectUnauthorized: false,
    });
    server.on("secureConnection", (socket) => socket.end(String(socket.authorized)));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const authorized = async (pem?: string) => {
      const identity = pem === undefined ? {} : { cert: pem, key: pem };
      const socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...identity });
      return String((await once(socket, "data"))[0]);
    };
    try {
      assert.equal(await authorized(known), "true");
      assert.equal(await authorized(clientCertificate(subject)), "false");
      assert.equal(await authorized(), "false");
    } finally {
      server.close();
    }
  });
});
