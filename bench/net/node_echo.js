// SPDX-License-Identifier: MIT

// The echo server in Node: `node node_echo.js tcp`, `unix PATH` or `tls CERTIFICATE KEY`.
'use strict';

const fs = require('fs');
const net = require('net');
const tls = require('tls');

function echo(socket) {
    socket.on('data', (data) => {
        if (socket.write(data)) return;
        socket.pause();
        socket.once('drain', () => socket.resume());
    });
    socket.on('error', () => socket.destroy());
}

const [family, ...rest] = process.argv.slice(2);
const at = { host: '127.0.0.1', port: 0, backlog: 4096 };

function listen(server, where) {
    server.listen(where, () => {
        const name = server.address();
        console.log('listening', typeof name === 'string' ? name : name.port);
    });
}

if (family === '--about') {
    console.log(`Node ${process.versions.node}`);
} else if (family === 'tcp') {
    listen(net.createServer({ noDelay: true }, echo), at);
} else if (family === 'unix') {
    listen(net.createServer(echo), { path: rest[0], backlog: 4096 });
} else if (family === 'tls') {
    const [cert, key] = rest.map((path) => fs.readFileSync(path));
    listen(tls.createServer({ cert, key, noDelay: true }, echo), at);
} else {
    process.exit(3);
}
