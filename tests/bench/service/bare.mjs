// What Node.js can answer when it does nothing else: `bare.mjs PORT`.
import { createServer } from "node:http";

const body = Buffer.from('{"prediction":[1],"scores":[[0.1234567,0.8765433]]}');
const headers = { "Content-Type": "application/json; charset=utf-8", "Content-Length": body.length };

createServer((_request, response) => response.writeHead(200, headers).end(body)).listen(
  Number(process.argv[2]),
  "127.0.0.1",
);
