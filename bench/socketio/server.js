// server.js: the peer: socket.io over polling, one process. Run as: node server.js PORT
//
// One process, because two would need sticky sessions and an adapter between them, which most installations do not
// have. The heartbeat is set to ten minutes so that it stays out of the figures, as it does for the other peers.
import { createServer } from "node:http";
import { Server } from "socket.io";

const TEN_MINUTES = 600_000;

const http = createServer((request, response) => {
  if (request.method === "POST" && request.url === "/send") {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (piece) => (text += piece));
    request.on("end", () => {
      io.emit("message", text);
      response.end();
    });
  } else {
    response.end(); // GET /health
  }
});
http.keepAliveTimeout = TEN_MINUTES;
http.requestTimeout = 0;

const io = new Server(http, {
  transports: ["polling"],
  pingInterval: TEN_MINUTES,
  pingTimeout: TEN_MINUTES,
  serveClient: false,
});

http.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
