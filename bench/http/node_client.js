// SPDX-License-Identifier: MIT

// The HTTP client in Node: `node node_client.js [--undici] URL REQUESTS CONNECTIONS`. It is the
// global fetch, which knows no limit of connections, or a pool of the package undici.
'use strict';

const plaintext = 'Hello, World!';
const words = process.argv.slice(2);
const undici = words[0] === '--undici' ? (words.shift(), require('undici')) : null;
const [url, requests, connections] = words;
let left = Number(requests);

async function get(pool, path) {
    if (!pool) {
        const answer = await fetch(url, { headers: { 'Accept-Encoding': 'identity' } });
        return [answer.status, await answer.text()];
    }
    const answer = await pool.request({ path, method: 'GET' });
    return [answer.statusCode, await answer.body.text()];
}

async function ask(pool, path) {
    while (left > 0) {
        --left;
        const [status, text] = await get(pool, path);
        if (status !== 200 || text !== plaintext) {
            throw new Error(`the answer is another one: ${status} ${text}`);
        }
    }
}

async function main() {
    const { origin, pathname } = new URL(url);
    const pool = undici && new undici.Pool(origin, { connections: Number(connections) });
    await Promise.all(Array.from({ length: Number(connections) }, () => ask(pool, pathname)));
    console.log('answers', requests);
    if (pool) await pool.close();
}

if (url === '--about') {
    const { version } = undici ? require('undici/package.json') : {};
    console.log(`Node ${process.versions.node}, ${undici ? `undici ${version}` : 'fetch'}`);
} else {
    main();
}
