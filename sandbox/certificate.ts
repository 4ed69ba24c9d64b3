/** Makes a self-signed client certificate. Node.js makes keys and signatures and reads certificates, but cannot make one. */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/**
 * @returns the certificate and its key in one PEM text. A server that has it as its client CA lets in only holders of the
 * key. It does not expire. The layout is in RFC 5280 (section 4.1), Ed25519 in RFC 8410.
 */
export function clientCertificate({ user, group }: { user: string; group: string }): string {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const algorithm = sequence(ED25519);
  const name = sequence(attribute(ORGANIZATION, group), attribute(COMMON_NAME, user));
  const validity = sequence(
    der(0x17, Buffer.from("200101000000Z")),
    der(0x18, Buffer.from("99991231235959Z")),
  );
  const usage = sequence(EXTENDED_KEY_USAGE, der(0x04, sequence(CLIENT_AUTHENTICATION)));
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])), // the first byte keeps the number positive
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(usage)),
  );
  const signature = der(0x03, Buffer.of(0), sign(null, content, privateKey));
  const certificate = sequence(content, algorithm, signature).toString("base64").replace(/.{64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n${privateKey.export({ type: "pkcs8", format: "pem" })}`;
}

/** A value in DER: its tag, its length in bytes and its content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const identifier = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const attribute = (type: Buffer, text: string) => der(0x31, sequence(type, der(0x0c, Buffer.from(text))));

const ED25519 = identifier("2b6570");
const COMMON_NAME = identifier("550403");
const ORGANIZATION = identifier("55040a");
const EXTENDED_KEY_USAGE = identifier("551d25");
const CLIENT_AUTHENTICATION = identifier("2b06010505070302");
