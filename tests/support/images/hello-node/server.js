const http = require("http");
const { hostname } = require("os");

const server = http.createServer((request, response) => {
  console.log(`Received request for URL: ${request.url}`);
  response.writeHead(200, { "x-pod": hostname() });
  response.end("Hello World!");
});
server.listen(8080);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
