// SPDX-License-Identifier: MIT

// The WebSocket server in Node, with the package ws: `node node_ws.js ws`.
'use strict';

const ws = require('ws');
const { version } = require('ws/package.json');

const [scheme] = process.argv.slice(2);

if (scheme === '--about') {
    console.log(`Node ${process.versions.node}, ws ${version}`);
} else if (scheme === 'ws') {
    const server = new ws.WebSocketServer({
        host: '127.0.0.1',
        port: 0,
        backlog: 4096,
        perMessageDeflate: false,
        maxPayload: 1 << 20,
    });
    server.on('listening', () => console.log('listening', server.address().port));
    server.on('connection', (peer) => {
        peer.on('error', () => {}); // ws itself says to the peer what was wrong
        peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
    });
} else {
    process.exit(3);
}
