// SPDX-License-Identifier: Apache-2.0
// A websocket server as in a chat: shakes hands, pings everybody twice a minute, says what it hears
// to the one who said it.
const { createHash } = require('crypto');
const clients = new Set();
const server = require('http').createServer((request, response) => response.end('a chat\n'));

server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = createHash('sha1').update(key).digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
  clients.add(socket);
  socket.on('data', frame => socket.write(Buffer.concat([Buffer.from([0x81, 2]), frame.subarray(0, 2)])));
  socket.on('close', () => clients.delete(socket));
  socket.on('error', () => clients.delete(socket));
});
setInterval(() => clients.forEach(client => client.write(Buffer.from([0x89, 0]))), 30000);
server.listen(8002, '127.0.0.1');
