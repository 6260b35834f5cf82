// SPDX-License-Identifier: MIT

// The HTTP server in Node: `node node_http.js http PAGE [FILE]` or `https PAGE CERTIFICATE KEY`.
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');

const plaintext = 'Hello, World!';
const json = JSON.stringify({ message: 'x'.repeat(1010) });
const [scheme, , ...rest] = process.argv.slice(2);

function answerText(response, type, text) {
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
    response.end(text);
}

function answerFile(response, path) {
    fs.stat(path, (failure, about) => {
        if (failure) return response.writeHead(404).end();
        response.writeHead(200, {
            'Content-Type': 'application/octet-stream',
            'Content-Length': about.size,
        });
        fs.createReadStream(path).pipe(response);
    });
}

function answer(request, response) {
    switch (request.url) {
        case '/plaintext':
            return answerText(response, 'text/plain; charset=utf-8', plaintext);
        case '/json':
            return answerText(response, 'application/json', json);
        case '/file':
            return answerFile(response, rest[0]);
        default:
            return response.writeHead(404).end();
    }
}

function listen(server) {
    server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
        console.log('listening', server.address().port);
    });
}

if (scheme === '--about') {
    console.log(`Node ${process.versions.node}`);
} else if (scheme === 'http') {
    listen(http.createServer(answer));
} else if (scheme === 'https') {
    const [cert, key] = rest.map((path) => fs.readFileSync(path));
    listen(https.createServer({ cert, key }, answer));
} else {
    process.exit(3);
}
